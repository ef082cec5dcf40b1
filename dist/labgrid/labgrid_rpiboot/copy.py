# SPDX-License-Identifier: Apache-2.0
"""Copies a file of this host to the host of a board. The copy has the path that ManagedFile of labgrid uses. The code of ManagedFile
is not used: it passes file names to a shell, it waits for ever after a lost connection, and in labgrid 0.4.1 it gives rsync an
argument that rsync 3.5 refuses."""
import os
import shlex
import subprocess
import tempfile
from typing import Any, Iterator, List, Optional, Tuple

from labgrid.util.helper import get_user
from labgrid.util.managedfile import ManagedFile

from . import session
from .session import RPiBootError, prefix_of

RSYNC = ["rsync", "--protect-args", "--compress", "--sparse", "--copy-links", "--times"]
RSYNC_TIMEOUT = 30  # the exit status of rsync


def copied(filename: str, port: Any, place: str) -> str:
    """Copies a file and its block maps, unless the host has the same file under the same path, as on NFS. rsync skips a copy that
    exists.

    place: the port and the host, for messages.
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
    to = f"[{host}]" if ":" in host else host  # an IPv6 address
    for command, timeout in (
        ([*prefix, shlex.join(["mkdir", "-p", directory])], session.SILENCE_S),
        ([*RSYNC, f"--timeout={session.SILENCE_S:.0f}", "-e", shlex.join(ssh), path, *_block_maps(path), f"{to}:{directory}/"], None),
    ):
        status, _, messages = _run(command, place, timeout)
        if status == RSYNC_TIMEOUT and command[0] == "rsync":
            raise _silent(place)
        if status != 0:
            reason = "; ".join(filter(None, messages.splitlines())) or f"exit status {status}"
            raise RPiBootError(place, f"{path} was not copied: {reason}", None)
    return copy


def _block_maps(image: str) -> Iterator[str]:
    """Returns: the existing block maps of an image, under the names that rpiboot tries: for a.img.xz, these are a.img.xz.bmap,
    a.img.bmap and a.bmap."""
    base, extension = image, "."
    while extension:
        if os.path.isfile(f"{base}.bmap"):
            yield f"{base}.bmap"
        base, extension = os.path.splitext(base)


def _run(command: List[str], place: str, timeout: Optional[float]) -> Tuple[int, str, str]:
    """Runs a command. The output goes to files, not pipes: the background process of ssh keeps a pipe open after ssh ends, so a
    reader would wait for ever. Returns: the exit status, and the texts of stdout and stderr."""
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
