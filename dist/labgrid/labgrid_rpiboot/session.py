# SPDX-License-Identifier: Apache-2.0
"""One run of rpiboot on the host of a board. No side outlives the other: rpiboot ends when the client or the connection
ends, and the client reports an error when the host falls silent."""
import json
import os
import re
import selectors
import shlex
import subprocess
from types import TracebackType
from typing import Any, Dict, Iterator, List, Optional, Type

from labgrid.driver import ExecutionError
from labgrid.resource.common import NetworkResource
from labgrid.util.ssh import sshmanager

Event = Dict[str, Any]

# The host sends an empty line on stderr every BEAT_S seconds. After SILENCE_S seconds without a byte the connection is lost.
BEAT_S = 5
SILENCE_S = 30.0
LINE_MAX = 1 << 20

# ssh without a terminal sends no signal to the program that it started. The client therefore keeps the standard input
# open and never writes to it: its end is the end of the client. The loops start before the shell sets its trap, because a
# signal that reaches a new process before it has dropped an inherited trap is lost. setsid gives rpiboot a process group,
# because the tool may be a script that starts rpiboot. Until the group exists, `kill -- -PID` fails, and `kill PID` ends the
# only process. Processes of the group that are still there after 5 s get SIGKILL.
# The last line on stderr has the exit status: ssh ends with 255 if the connection is lost, and also if the tool ends with 255.
SCRIPT = f"""\
exec 3<&0 </dev/null
$(command -v setsid) "$@" 3<&- &
rpiboot=$!
end() {{
	for _ in 1 2 3 4 5; do
		kill -- "-$rpiboot" || kill "$rpiboot" || return
		sleep 1
	done
	kill -s KILL -- "-$rpiboot" || kill -s KILL "$rpiboot"
}} 2>/dev/null
{{ read -r line <&3; end; }} >/dev/null 2>&1 &
watch=$!
while sleep {BEAT_S} 2>/dev/null && kill -0 $$ 2>/dev/null; do echo >&2; done 3<&- >/dev/null &
beat=$!
trap end HUP INT TERM
wait "$rpiboot"
status=$?
kill -- "-$rpiboot" 2>/dev/null && end
kill "$watch" "$beat" 2>/dev/null
printf '\\n\\001%s\\n' "$status" >&2
exit "$status"
"""


class RPiBootError(ExecutionError):
    """rpiboot failed.

    code: the exit status of rpiboot, never 0; None if rpiboot reported none, such as after a lost connection, a failed copy or
    invalid output.
    sentence: the reason, as rpiboot states it.
    """

    def __init__(self, place: str, sentence: str, code: Optional[int]) -> None:
        status = "" if code is None else f" (exit status {code})"
        super().__init__(f"{place}: {sentence}{status}")
        self.args = (self.msg,)
        self.code = code
        self.sentence = sentence


def prefix_of(port: Any, place: str) -> List[str]:
    """Returns: the command that reaches the host of a port, empty for this host. If the last connection of labgrid to the host was
    lost, the function makes a new one."""
    try:
        if isinstance(port, NetworkResource):
            extra = getattr(port, "extra", {})
            connection = sshmanager.get(extra.get("proxy") if extra.get("proxy_required") else port.host)
            if not connection.isconnected():
                sshmanager.remove_connection(connection)
        prefix: List[str] = port.command_prefix
    except (ExecutionError, OSError, subprocess.SubprocessError) as error:
        reason = error.msg if isinstance(error, ExecutionError) else error
        raise RPiBootError(place, f"the host was not reached: {reason}", None) from error
    return prefix


class Session:
    """rpiboot from its start to its end. Use it as a context manager: at its end rpiboot has ended, too.

    prefix: the command that reaches the host, empty for this host.
    command: rpiboot and its arguments.
    place: the port and the host, for messages.
    """

    def __init__(self, prefix: List[str], command: List[str], place: str) -> None:
        words = ["sh", "-c", SCRIPT, "sh", *command]
        self._place = place
        self._remote = bool(prefix)
        self._parts = {"events": b"", "texts": b""}
        self._reported: Optional[int] = None  # the status that the host sent
        self.texts: List[str] = []  # the lines of stderr
        self._process = subprocess.Popen(
            [*prefix, *map(shlex.quote, words)] if prefix else words,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        process = self._process
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
        for end in (lambda: None, process.terminate, process.kill):
            end()
            try:
                process.wait(2 * BEAT_S)
                return
            except subprocess.TimeoutExpired:
                continue

    def events(self) -> Iterator[Event]:
        """Yields each JSON line of rpiboot when it arrives.

        Raises RPiBootError if the host is silent for SILENCE_S seconds.
        """
        assert self._process.stdout and self._process.stderr
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ, "events")
            selector.register(self._process.stderr, selectors.EVENT_READ, "texts")
            while selector.get_map():
                ready = selector.select(SILENCE_S)
                if not ready:
                    raise self._lost(f"the host sent nothing for {SILENCE_S:.0f} s")
                for key, _ in ready:
                    data = os.read(key.fd, 65536)
                    if not data:
                        selector.unregister(key.fileobj)
                    for line in self._lines(key.data, data):
                        if key.data == "texts":
                            self._text(line)
                        else:
                            yield self._event(line)

    def status(self) -> int:
        """The exit status of rpiboot, after all events. Raises RPiBootError if the connection was lost."""
        try:
            status = self._process.wait(SILENCE_S)
        except subprocess.TimeoutExpired:
            raise self._lost("ssh does not end") from None
        if self._reported is not None:
            return self._reported
        if self._remote and (status == 255 or status < 0):
            raise self._lost(self.texts[-1] if self.texts else "ssh ended")
        return status

    def _lines(self, stream: str, data: bytes) -> List[str]:
        *lines, rest = (self._parts[stream] + data).split(b"\n")
        if len(rest) > LINE_MAX:
            raise RPiBootError(self._place, f"rpiboot sent a line of more than {LINE_MAX} bytes", None)
        self._parts[stream] = rest
        return [line.decode(errors="replace") for line in lines]

    def _text(self, line: str) -> None:
        if re.fullmatch(r"\x01[0-9]{1,3}", line):
            self._reported = int(line[1:])
        elif line:
            self.texts.append(line)

    def _event(self, line: str) -> Event:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            event = None
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            raise RPiBootError(self._place, f"rpiboot sent a line that is no event: {line[:200]!r}", None)
        return event

    def _lost(self, reason: str) -> RPiBootError:
        return RPiBootError(self._place, f"the connection was lost: {reason}", None)
