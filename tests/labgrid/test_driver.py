# SPDX-License-Identifier: Apache-2.0
"""Tests the driver without a board. A script in the place of rpiboot prints the events of each case."""
import json
import os
import tempfile
import time
import unittest
from typing import Any, List, Tuple

import attr
from labgrid import Target
from labgrid.driver import Driver
from labgrid.protocol import PowerProtocol
from labgrid_rpiboot import RPiBootDriver, RPiBootError, RPiBootPort
from labgrid_rpiboot.session import Session


@attr.s(eq=False)
class LoggedPower(Driver, PowerProtocol):
    log: str = attr.ib()

    def note(self, word: str) -> None:
        with open(self.log, "a", encoding="ascii") as log:
            print(word, file=log)

    def on(self) -> None:
        self.note("on")

    def off(self) -> None:
        self.note("off")

    def cycle(self) -> None:
        raise AssertionError("the driver switches off and on by itself")


class Config:
    def __init__(self, tool: str) -> None:
        self.tool = tool

    def get_tool(self, name: str) -> str:
        assert name == "rpiboot"
        return self.tool

    def get_image_path(self, key: str) -> str:
        return f"/images/{key}"


class Env:
    def __init__(self, tool: str) -> None:
        self.config = Config(tool)


WAITING = {"v": 1, "event": "waiting"}
DISK = {"v": 1, "event": "disk", "path": "/dev/sdx"}
RESULT = {"v": 1, "event": "result", "ok": True, "code": 0, "text": "proved"}


class DriverTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = folder.name
        self.log = os.path.join(self.dir, "log")

    def program(self, body: str) -> str:
        """A program that logs its arguments, one a line, and then runs body."""
        path = os.path.join(self.dir, "rpiboot")
        with open(path, "w", encoding="ascii") as program:
            program.write(f"#!/bin/sh\nprintf 'start %s\\n' \"$*\" >>'{self.log}'\n{body}\n")
        os.chmod(path, 0o755)
        return path

    def driver(self, events: List[Any], status: int = 0, text: str = "", power: bool = False, **options: Any) -> RPiBootDriver:
        lines = os.path.join(self.dir, "lines")
        with open(lines, "w", encoding="ascii") as file:
            for event in events:
                print(event if isinstance(event, str) else json.dumps(event), file=file)
        say = f"echo 'rpiboot: {text}' >&2; " if text else ""
        tool = self.program(f"cat '{lines}'; sleep 0.2; {say}exit {status}")
        target = Target("main", env=Env(tool))
        RPiBootPort(target, None, path="1-1.2")
        if power:
            target.activate(LoggedPower(target, None, log=self.log))
        driver = RPiBootDriver(target, None, **options)
        target.activate(driver)
        return driver

    def logged(self) -> List[str]:
        with open(self.log, encoding="ascii") as log:
            return log.read().splitlines()

    def failure(self, driver: RPiBootDriver) -> RPiBootError:
        with self.assertRaises(RPiBootError) as caught:
            driver.boot()
        return caught.exception

    def test_boot_returns_the_disk(self) -> None:
        self.assertEqual(self.driver([WAITING, DISK, RESULT]).boot(), "/dev/sdx")
        self.assertEqual(self.logged(), ["start --json -q -p 1-1.2 --timeout 60"])

    def test_boot_of_a_directory_without_a_disk(self) -> None:
        driver = self.driver([WAITING, RESULT], directory="/srv/boot dir", timeout=5, options=["--expect", "done"])
        self.assertIsNone(driver.boot())
        self.assertEqual(self.logged(), ["start --json -q -p 1-1.2 --timeout 5 --expect done -d /srv/boot dir"])

    def test_power_is_off_before_rpiboot_starts_and_on_when_it_waits(self) -> None:
        started = time.monotonic()
        self.driver([WAITING, DISK, RESULT], power=True, off_s=0.5).boot()
        self.assertGreaterEqual(time.monotonic() - started, 0.5)
        words = [line.split()[0] for line in self.logged()]
        self.assertEqual(words, ["off", "start", "on"])

    def test_power_stays_off_if_rpiboot_does_not_wait(self) -> None:
        self.failure(self.driver([], status=5, text="no boot files", power=True, off_s=0))
        self.assertEqual([line.split()[0] for line in self.logged()], ["off", "start"])

    def test_failure_has_the_status_and_the_sentence_of_the_result(self) -> None:
        error = self.failure(self.driver([WAITING, {"event": "result", "ok": False, "text": "refused"}], 7, "summary"))
        self.assertEqual((error.code, error.sentence), (7, "refused"))
        self.assertEqual(error.msg, "rpiboot on port 1-1.2: refused (exit status 7)")

    def test_failure_without_a_board_has_the_sentence_of_stderr(self) -> None:
        error = self.failure(self.driver([WAITING], 3, "no board appeared"))
        self.assertEqual((error.code, error.sentence), (3, "no board appeared"))

    def test_program_that_is_not_there(self) -> None:
        driver = self.driver([])
        driver.target.env.config.tool = "/none/rpiboot"
        for _ in range(20):  # the program may end before its shell has finished, so one try does not suffice
            started = time.monotonic()
            error = self.failure(driver)
            self.assertEqual(error.code, 127)
            self.assertIn("/none/rpiboot", error.sentence)
            self.assertLess(time.monotonic() - started, 4)

    def test_line_that_is_no_event(self) -> None:
        for line in ("nonsense", "[1]", '{"v":1}', '{"event":3}'):
            error = self.failure(self.driver([WAITING, line]))
            self.assertIsNone(error.code)
            self.assertIn("no event", error.sentence)

    def test_line_without_an_end(self) -> None:
        driver = self.driver([])
        self.program("head -c 3000000 /dev/zero; sleep 60")
        self.assertIn("a line of more than", self.failure(driver).sentence)

    def test_values_that_no_parser_accepts(self) -> None:
        for line in ("[" * 100000, '{"event":' * 10000, '{"event":"x","n":' + "9" * 6000):
            self.assertIn("no event", self.failure(self.driver([WAITING, line])).sentence)

    def test_failure_whose_result_has_no_reason(self) -> None:
        for result in ({"event": "result", "ok": False}, {"event": "result", "ok": True, "text": "done"}):
            error = self.failure(self.driver([WAITING, result], 1, "cause"))
            self.assertEqual((error.code, error.sentence), (1, "cause"))

    def test_success_without_its_proof(self) -> None:
        image = os.path.join(self.dir, "os.img")
        with open(image, "wb") as file:
            file.write(b"x")
        for run in (RPiBootDriver.boot, RPiBootDriver.recover, RPiBootDriver.metadata):
            with self.assertRaisesRegex(RPiBootError, "without the event result"):
                run(self.driver([WAITING]))
        with self.assertRaisesRegex(RPiBootError, "without the event written"):
            self.driver([WAITING, RESULT]).load(image)

    def test_metadata_without_members(self) -> None:
        self.assertEqual(self.driver([{"event": "metadata"}, {"event": "metadata", "key": "A", "value": "1"}, RESULT]).metadata(), {"A": "1"})

    def test_another_program_with_the_name(self) -> None:
        driver = self.driver([])
        tool = self.program("echo 'Usage: rpiboot' >&2; printf ' -h : help' >&2; exit 255")
        error = self.failure(driver)
        self.assertEqual((error.code, error.sentence), (
            255, f"{tool} may be another program, because it sent no event; its first line is: Usage: rpiboot"))

    def test_status_255_is_no_lost_connection(self) -> None:
        ssh = ["sh", "-c", 'eval "$*"', "ssh"]
        with Session(ssh, [self.program("printf 'no line' >&2; exit 255")], "here") as session:
            self.assertEqual(list(session.events()), [])
            self.assertEqual((session.status(), session.texts), (255, ["no line"]))
        with Session(["sh", "-c", "exit 255"], [], "here") as session:
            with self.assertRaisesRegex(RPiBootError, "the connection was lost"):
                self.assertEqual(list(session.events()), [])
                session.status()

    def test_load_writes_the_image_of_the_environment(self) -> None:
        image = os.path.join(self.dir, "os.img")
        with open(image, "wb") as file:
            file.write(b"x")
        written = {"event": "written", "path": "/dev/sdx", "verified": True}
        driver = self.driver([WAITING, DISK, written, RESULT], image="os")
        driver.target.env.config.get_image_path = lambda key: os.path.join(self.dir, f"{key}.img")
        self.assertEqual(driver.load(), written)
        self.assertEqual(driver.load(image), written)
        self.assertEqual(self.logged(), [f"start --json -q -p 1-1.2 --timeout 60 --write {image}"] * 2)

    def test_load_without_an_image(self) -> None:
        with self.assertRaises(ValueError):
            self.driver([]).load()

    def test_recover_passes_its_arguments(self) -> None:
        paths = [os.path.join(self.dir, name) for name in ("boot.conf", "os.img")]
        for path in paths:
            with open(path, "wb") as file:
                file.write(b"x")
        driver = self.driver([WAITING, RESULT])
        result = driver.recover(config=paths[0], settings=["A=1", "[cm5]B=2"], key="/key.pem", locked=True, image=paths[1], firmware="/fw")
        self.assertEqual(result, RESULT)
        self.assertEqual(self.logged(), [
            f"start recover --json -q -p 1-1.2 --timeout 60 --config {paths[0]} --set A=1 --set [cm5]B=2 "
            f"--key /key.pem --firmware /fw --locked --write {paths[1]}"])

    def test_metadata_of_the_last_run(self) -> None:
        pairs: List[Tuple[str, str]] = [("FACTORY_UUID", "001"), ("MAC_ADDR", "2c")]
        events = [WAITING, *({"event": "metadata", "key": key, "value": value} for key, value in pairs), RESULT]
        driver = self.driver(events)
        self.assertEqual(driver.metadata(), dict(pairs))
        self.assertEqual(driver.metadata(), dict(pairs))
        self.assertEqual(len(self.logged()), 1)

    def test_path_that_is_no_port(self) -> None:
        for path in ("1", "1-", "1-1.", "x-1", "1-1;reboot", "1-1\n", ""):
            with self.assertRaises(ValueError, msg=path):
                RPiBootPort(Target("main"), None, path=path)

    def test_program_ends_with_its_session(self) -> None:
        tool = self.program("echo '{\"event\":\"waiting\"}'; exec sleep 60")
        with Session([], [tool], "here") as session:
            next(session.events())
            child = session._process.pid
            with open(f"/proc/{child}/task/{child}/children", encoding="ascii") as children:
                pids = children.read().split()
            self.assertTrue(pids)
        for _ in range(50):
            if not any(os.path.exists(f"/proc/{pid}") for pid in pids[:1]):
                return
            time.sleep(0.1)
        self.fail("the program is still there")

    def test_program_of_a_script_ends_with_the_session(self) -> None:
        self.assertTrue(ends(self.started_by("sleep 60 &")))

    def test_program_that_ignores_its_first_signals_ends_with_the_session(self) -> None:
        self.assertTrue(ends(self.started_by("trap '' TERM; (sleep 60; sleep 60) &")))

    def started_by(self, script: str) -> str:
        """Returns: the process that the script starts in the background, after the end of a session with the script."""
        pid = os.path.join(self.dir, "pid")
        tool = self.program(f"{script} echo $! >'{pid}'; echo '{{\"event\":\"waiting\"}}'; wait")
        with Session([], [tool], "here") as session:
            next(session.events())
        with open(pid, encoding="ascii") as file:
            return file.read().strip()


def ends(pid: str) -> bool:
    """Returns: true if the process has ended, or ends within 5 s. A zombie has ended: process 1 of a container may reap none."""
    for _ in range(50):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                if file.read().rpartition(") ")[2][0] == "Z":
                    return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    unittest.main()
