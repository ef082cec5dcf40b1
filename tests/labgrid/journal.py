# SPDX-License-Identifier: Apache-2.0
"""journal.py PORT HOST <LINES: sends lines to systemd-journal-remote as systemd-journal-upload does, as messages of rpiboot
on HOST."""
import sys
import time
import urllib.request
import zlib

PORT, HOST = sys.argv[1:]
machine = boot = f"{zlib.crc32(HOST.encode()):032x}"
entries = []
for i, line in enumerate(sys.stdin, 1):
    now = int(time.time() * 1e6) + i
    entries.append(
        f"__CURSOR=s={boot};i={i:x};b={boot};m={i:x};t={now:x};x={i:x}\n__REALTIME_TIMESTAMP={now}\n__MONOTONIC_TIMESTAMP={i}\n"
        f"_BOOT_ID={boot}\n_MACHINE_ID={machine}\n_HOSTNAME={HOST}\nSYSLOG_IDENTIFIER=rpiboot\nMESSAGE={line.rstrip()}\n\n")
request = urllib.request.Request(
    f"http://127.0.0.1:{PORT}/upload", "".join(entries).encode(), {"Content-Type": "application/vnd.fdo.journal"})
with urllib.request.urlopen(request, timeout=30) as answer:
    assert answer.status in (200, 202), answer.status
