# SPDX-License-Identifier: Apache-2.0
"""The driver: every method is one run of rpiboot for one board, with a deadline, a status and events."""
import logging
import time
from typing import Any, Dict, List, Optional, Sequence

import attr
from labgrid.driver import Driver
from labgrid.factory import target_factory
from labgrid.protocol import BootstrapProtocol
from labgrid.step import step

from .copy import copied
from .session import Event, RPiBootError, Session, prefix_of


@target_factory.reg_driver
@attr.s(eq=False)
class RPiBootDriver(Driver, BootstrapProtocol):
    """Boots the board on an RPiBootPort or a NetworkRPiBootPort, and writes its disk.

    If a driver with PowerProtocol is bound, each run switches the board off, starts rpiboot and switches the board on.
    Otherwise the board must be in boot mode, or reach it while rpiboot waits. The entry `rpiboot` of the tools in the
    environment is the path of rpiboot on the host of the board.

    image: the key of an image in the environment, for load() without a file.
    directory: a boot directory on the host of the board; rpiboot's own firmware by default.
    timeout: how long a run waits for the board, in seconds.
    off_s: how long a bound power driver keeps the board off, in seconds.
    options: more options of rpiboot, such as ["--to", "Samsung"].
    """

    bindings = {
        "port": {"RPiBootPort", "NetworkRPiBootPort"},
        "power": {"PowerProtocol", None},
    }
    image: Optional[str] = attr.ib(
        default=None, validator=attr.validators.optional(attr.validators.instance_of(str)))
    directory: Optional[str] = attr.ib(
        default=None, validator=attr.validators.optional(attr.validators.instance_of(str)))
    timeout: int = attr.ib(default=60, validator=attr.validators.instance_of(int))
    off_s: float = attr.ib(default=2.0, converter=float)
    options: List[str] = attr.ib(
        factory=list, validator=attr.validators.deep_iterable(attr.validators.instance_of(str)))

    port: Any  # labgrid sets what it binds
    power: Any

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.log = logging.getLogger(f"RPiBootDriver({self.target.name})")
        self.events: List[Event] = []  # of the last run

    @Driver.check_active
    @step(result=True)
    def boot(self) -> Optional[str]:
        """Boots the board.

        Returns: the path of its disk on its host, such as "/dev/sda"; None if the boot directory makes no disk.
        Raises: RPiBootError, like all methods that run rpiboot.
        """
        disk = self._run(self._served()).get("disk", {})
        path: Optional[str] = disk.get("path")
        return path

    @Driver.check_active
    @step(args=["filename"], result=True)
    def load(self, filename: Optional[str] = None) -> Event:
        """Boots the board, writes an image to its disk and verifies it.

        filename: the image on this host, raw or compressed; the driver copies it to the host of the board.
        Returns: the event `written` with path, bytes, seconds, sha256 and verified.
        """
        if filename is None:
            if self.image is None:
                raise ValueError("RPiBootDriver: load() needs a file name or the attribute image")
            filename = self.target.env.config.get_image_path(self.image)
        return self._run(["--write", self._copied(filename), *self._served()], proof="written")["written"]

    @Driver.check_active
    @step(args=["config", "settings", "locked", "image"], result=True)
    def recover(
        self, config: Optional[str] = None, settings: Sequence[str] = (), key: Optional[str] = None,
        locked: bool = False, image: Optional[str] = None, firmware: Optional[str] = None,
    ) -> Event:
        """Flashes the bootloader EEPROM of the board with `rpiboot recover`, then writes its disk if image is given.

        config: a bootloader configuration (bootconf.txt) on this host.
        settings: changes of the configuration, such as ["BOOT_ORDER=0xf41"].
        key: the key on the host of the board, as `--key` takes it. A key is never copied.
        locked: whether the board is locked to that key.
        image: an image for the disk on this host, as load() takes it.
        firmware: a directory on the host of the board with EEPROM firmware.
        Returns: the event `result`. The event `eeprom` of the run has the proof.
        """
        arguments = ["--config", self._copied(config)] if config is not None else []
        for setting in settings:
            arguments += ["--set", setting]
        if key is not None:
            arguments += ["--key", key]
        if firmware is not None:
            arguments += ["--firmware", firmware]
        if locked:
            arguments.append("--locked")
        if image is not None:
            arguments += ["--write", self._copied(image), *self._served()]
        return self._run(arguments, "recover")["result"]

    @Driver.check_active
    @step(result=True)
    def metadata(self) -> Dict[str, str]:
        """Returns: the metadata that the board reported in the last run. Boots the board if there was no run yet."""
        if not self.events:
            self._run(self._served())
        pairs = [event for event in self.events if event["event"] == "metadata" and {"key", "value"} <= event.keys()]
        return {event["key"]: event["value"] for event in pairs}

    def _served(self) -> List[str]:
        return ["-d", self.directory] if self.directory is not None else []

    def _copied(self, filename: str) -> str:
        return copied(filename, self.port, self._place())

    def _place(self) -> str:
        host = getattr(self.port, "host", None)
        return f"rpiboot on port {self.port.path}" + (f" of {host}" if host else "")

    def _run(self, arguments: List[str], *command: str, proof: str = "result") -> Dict[str, Event]:
        """Runs rpiboot to its end. A run is good if its status is 0 and the event `proof` arrived, because another program
        may have the name rpiboot. Returns: the last event of each name."""
        port, place = self.port, self._place()
        prefix = prefix_of(port, place)
        tool = self.target.env.config.get_tool("rpiboot") if self.target.env else None
        words = [tool or "rpiboot", *command, "--json", "-q", "-p", port.path, "--timeout", str(self.timeout)]
        if self.power:
            self.power.off()
        off_until = time.monotonic() + self.off_s
        is_on = self.power is None
        self.events = []
        with Session(prefix, [*words, *self.options, *arguments], place) as session:
            for event in session.events():
                self.events.append(event)
                self.log.log(logging.DEBUG if event["event"] == "progress" else logging.INFO, "%s", event)
                if not is_on and event["event"] in ("waiting", "found"):
                    time.sleep(max(0.0, off_until - time.monotonic()))
                    self.power.on()
                    is_on = True
            status = session.status()
        for text in session.texts:
            self.log.warning("%s", text)
        last = {event["event"]: event for event in self.events}
        if status != 0:
            raise RPiBootError(place, self._sentence(last, session.texts, status, words[0]), status)
        if proof not in last:
            raise RPiBootError(place, f"rpiboot ended with status 0, but without the event {proof}", None)
        return last

    @staticmethod
    def _sentence(last: Dict[str, Event], texts: List[str], status: int, tool: str) -> str:
        """Returns: the reason of a failure: that of the result, else the last message of rpiboot, else of another program."""
        result = last.get("result", {})
        if result.get("ok") is not True and "text" in result:
            return str(result["text"])
        messages = [text.removeprefix("rpiboot: ") for text in texts if text.startswith("rpiboot: ")]
        if messages:
            return messages[-1]
        if texts and not last and (status < 126 or status == 255):  # 126 and 127: it did not start; from 128: a signal ended it
            return f"{tool} may be another program, because it sent no event; its first line is: {texts[0]}"
        return texts[-1] if texts else "no reason was given"
