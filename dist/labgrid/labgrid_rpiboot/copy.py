# SPDX-License-Identifier: Apache-2.0
"""A copy of a file of this host on the host of a board. It has the place that ManagedFile of labgrid gives it. ManagedFile does not
copy it, because it passes names to a shell, waits for a lost connection without an end, and labgrid 0.4.1 gives rsync an
argument that rsync 3.5 refuses."""
import os
import shlex
import subprocess
import tempfile
from typing import Any, List, Optional, Tuple

from labgrid.util.helper import get_user
from labgrid.util.managedfile import ManagedFile

from . import session
from .session import RPiBootError, prefix_of

RSYNC = ["rsync", "--protect-args", "--compress", "--sparse", "--copy-links", "--times"]
RSYNC_TIMEOUT = 30  # the exit status of rsync


def copied(filename: str, port: Any, place: str) -> str:
    """Copies a file, unless its host also has it under this name, such as on NFS, or has an earlier copy.

    Returns: its path on the host of the port. Raises: RPiBootError, and FileNotFoundError if there is no such file.
    """
    file = ManagedFile(filename, port)
    path: str = file.local_path
    prefix = prefix_of(port, place)
    if not prefix:
        return path
    state = os.stat(path)
    status, seen, _ = _run([*prefix, shlex.join(["stat", "-L", "-c", "%i %s %Y", path])], place, session.SILENCE_S)
    if status == 0 and seen.split() == [str(value) for value in (state.st_ino, state.st_size, state.st_mtime_ns // 10**9)]:
        return path
    directory = f"/var/cache/labgrid/{get_user()}/{file.get_hash()}"
    copy = f"{directory}/{os.path.basename(path)}"
    *ssh, host, _ = prefix  # ssh and its options, the host, "--"
    for command, timeout in (
        ([*prefix, shlex.join(["mkdir", "-p", directory])], session.SILENCE_S),
        ([*RSYNC, f"--timeout={session.SILENCE_S:.0f}", "-e", shlex.join(ssh), path, f"{host}:{copy}"], None),
    ):
        status, _, messages = _run(command, place, timeout)
        if status == RSYNC_TIMEOUT and command[0] == "rsync":
            raise _silent(place)
        if status != 0:
            reason = next((line for line in messages.splitlines() if line), f"exit status {status}")
            raise RPiBootError(place, f"{path} was not copied: {reason}", None)
    return copy


def _run(command: List[str], place: str, timeout: Optional[float]) -> Tuple[int, str, str]:
    """Runs a command. Its output goes to files, because the process that holds the connection of ssh inherits it: the end of a
    pipe would not arrive if the connection is lost. Returns: the exit status, and the texts of stdout and stderr."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        try:
            status = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=messages, timeout=timeout, check=False).returncode
        except subprocess.TimeoutExpired:
            raise _silent(place) from None
        except OSError as error:
            raise RPiBootError(place, f"{command[0]} could not be started: {error.strerror}", None) from None
        output.seek(0)
        messages.seek(0)
        return status, output.read().decode(errors="replace"), messages.read().decode(errors="replace")


def _silent(place: str) -> RPiBootError:
    return RPiBootError(place, f"the connection was lost: the host sent nothing for {session.SILENCE_S:.0f} s", None)
