# SPDX-License-Identifier: Apache-2.0
"""journal.py HOST <LINES: prints lines as messages of rpiboot on HOST, in the export format of the journal."""
import sys
import time
import zlib

machine = boot = f"{zlib.crc32(sys.argv[1].encode()):032x}"
for i, line in enumerate(sys.stdin, 1):
    now = int(time.time() * 1e6) + i
    print(f"__CURSOR=s={boot};i={i:x};b={boot};m={i:x};t={now:x};x={i:x}\n__REALTIME_TIMESTAMP={now}\n__MONOTONIC_TIMESTAMP={i}\n"
          f"_BOOT_ID={boot}\n_MACHINE_ID={machine}\n_HOSTNAME={sys.argv[1]}\nSYSLOG_IDENTIFIER=rpiboot\nMESSAGE={line.rstrip()}\n")
