# SPDX-License-Identifier: Apache-2.0
"""client.py ENV PLACE RESOURCE: acts like a user of a coordinator. Creates and acquires a place for a resource with
labgrid-client, writes the image of the environment to its board, and releases the place."""
import asyncio
import logging
import os
import subprocess
import sys

from labgrid import Environment
from labgrid.logging import StepLogger
from labgrid.remote import client

ENV, PLACE, RESOURCE = sys.argv[1:]


def labgrid_client(*arguments: str) -> None:
    print(f"{PLACE}: $ labgrid-client -p {PLACE} {' '.join(arguments)}", flush=True)
    sys.argv = ["labgrid-client", "-p", PLACE, *arguments]
    try:
        client.main()
    except SystemExit as end:
        if end.code != 0:
            raise
    finally:
        StepLogger.stop()  # main() starts it and fails if it already runs


labgrid_client("create")
labgrid_client("add-match", RESOURCE)
labgrid_client("acquire")
os.environ["LG_PLACE"] = PLACE
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format=f"{PLACE}: %(message)s", force=True)
logging.getLogger("asyncio").setLevel(logging.WARNING)
asyncio.set_event_loop(asyncio.new_event_loop())
driver = Environment(ENV).get_target(PLACE).get_driver("RPiBootDriver")
written = driver.load()
print(f"{PLACE}: {driver.port.path} of {driver.port.host}: wrote {written['bytes']} bytes to {written['path']}", flush=True)
assert written["verified"] is True
# main() fails in a process with an event loop, so a child process releases the place.
subprocess.run([sys.executable, "-m", "labgrid.remote.client", "-p", PLACE, "release"], check=True)
