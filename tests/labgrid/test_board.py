# SPDX-License-Identifier: Apache-2.0
"""Tests the driver with emulated boards behind an ssh server, under the pytest plugin of labgrid. tests/cli/test_labgrid.sh starts
both. Its exporter program defines the ports: 90-1 has a board, 90-2 has none, 90-3 has a board that sends nothing, 90-4 one that
refuses the bootcode, 90-5 one that writes its EEPROM, and on 90-9 rpiboot waits until it is killed."""
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest
from labgrid.util.ssh import sshmanager
from labgrid_rpiboot import RPiBootDriver, RPiBootError, session

WORK = Path(os.environ["LABGRID_WORK"])
CACHE = Path("/var/cache/labgrid", os.environ["USER"])  # of labgrid; tests/cli/test_labgrid.sh removes it
needs_cache = pytest.mark.skipif(not os.access(CACHE, os.W_OK), reason="labgrid has no directory for images")


@pytest.fixture(autouse=True)
def no_files_of_another_case() -> None:
    for name in ("pid", "power"):
        (WORK / name).unlink(missing_ok=True)


def driver_of(env: Any, name: str) -> RPiBootDriver:
    return env.get_target(name).get_driver("RPiBootDriver")


def failure(run: Callable[[], Any]) -> RPiBootError:
    with pytest.raises(RPiBootError) as caught:
        run()
    print(caught.value.msg)
    return caught.value


def connections() -> List[int]:
    """The processes of the ssh server for its connections: one process each, or two if the server runs as another user."""
    pids: List[str] = []
    parents = (WORK / "sshd.pid").read_text().split()
    while parents:
        command = ["pgrep", "-x", "sshd", "-P", ",".join(parents)]
        parents = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout.split()
        pids += parents
    return [int(pid) for pid in pids]


def rpiboot_pid() -> int:
    return int((WORK / "pid").read_text())


def is_gone(pid: int) -> bool:
    for _ in range(200):
        if not os.path.exists(f"/proc/{pid}"):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def connection() -> Iterator[None]:
    """Removes the connection after the case, because the case breaks it."""
    yield
    for pid in connections():
        os.kill(pid, signal.SIGKILL)
    for _ in range(200):
        if not sshmanager.get("exporter").isconnected():
            break
        time.sleep(0.05)
    sshmanager.get("exporter").cleanup()
    sshmanager.remove_by_name("exporter")


def signal_later(number: int) -> threading.Thread:
    """Sends a signal to every connection when rpiboot waits on the exporter."""
    def send() -> None:
        while not (WORK / "pid").exists():
            time.sleep(0.05)
        time.sleep(0.5)
        for pid in connections():
            os.kill(pid, number)
    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_success(env: Any, target: Any) -> None:
    driver = target.get_driver("RPiBootDriver")
    assert driver.boot() == "/dev/sda"
    assert [event["event"] for event in driver.events][:2] == ["waiting", "found"]
    assert driver.events[-1]["ok"] == 1
    assert (WORK / "power").read_text().split() == ["off", "on"]


def test_driver_costs_less_than_five_starts_of_rpiboot(env: Any) -> None:
    """The limit is relative to a start of rpiboot over the same connection, so it does not depend on the speed of the machine."""
    driver = driver_of(env, "bare")
    tool = env.config.get_tool("rpiboot")
    costs, starts = [], []
    for _ in range(3):
        started = time.monotonic()
        driver.boot()
        costs.append(time.monotonic() - started - driver.events[-1]["seconds"])
        started = time.monotonic()
        subprocess.run([*driver.port.command_prefix, tool, "--version"], stdin=subprocess.DEVNULL, check=True)
        starts.append(time.monotonic() - started)
    print("seconds of the driver:", " ".join(f"{cost:.2f}" for cost in costs))
    print("seconds of a start:   ", " ".join(f"{start:.2f}" for start in starts))
    assert min(costs) < 5 * min(starts)


def test_no_board(env: Any) -> None:
    error = failure(driver_of(env, "empty").boot)
    assert error.code == 3
    assert "no board in USB boot mode appeared in 1 s" in error.msg
    assert "port 90-2 of exporter" in error.msg


def test_stalled_board(env: Any) -> None:
    error = failure(driver_of(env, "stalled").boot)
    assert error.code == 1


def test_refused_bootcode(env: Any) -> None:
    error = failure(driver_of(env, "refusing").boot)
    assert error.code == 7


def test_disk_that_cannot_be_written(env: Any) -> None:
    """The emulated disk is only in sysfs, so the image arrives on the host, and rpiboot cannot open the disk."""
    error = failure(driver_of(env, "bare").load)
    assert error.code == 9
    assert "/dev/sda" in error.sentence


@needs_cache
def test_image_is_copied(env: Any) -> None:
    """Each name is a danger to a shell. stat fails for them on the exporter, so it does not have these files already."""
    directory = WORK / f"$(touch {WORK}/injected)"
    for name in ("copied it's \"1\".img", "copied $(touch injected) `touch injected`; *.img", "copied\n\xfc.img"):
        image = directory / name
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(os.urandom(100000))
        assert failure(lambda: driver_of(env, "bare").load(str(image))).code == 9  # pylint: disable=cell-var-from-loop
        assert [copy.read_bytes() for copy in CACHE.glob("*/*") if copy.name == name] == [image.read_bytes()]
    assert not (WORK / "injected").exists()


@needs_cache
def test_block_maps_are_copied(env: Any) -> None:
    image = WORK / "mapped.copied.img.xz"
    image.write_bytes(os.urandom(100000))
    names = ["mapped.copied.img.xz.bmap", "mapped.copied.img.bmap", "mapped.copied.bmap", "mapped.bmap"]
    for name in (*names, "mapped.copied.img.xz.txt.bmap", "bmap", ".bmap"):
        (WORK / name).write_text(name)
    failure(lambda: driver_of(env, "bare").load(str(image)))
    (copy,) = CACHE.glob(f"*/{image.name}")
    assert sorted(path.name for path in copy.parent.iterdir()) == sorted([image.name, *names])


@needs_cache
def test_host_with_an_ipv6_address(env: Any) -> None:
    image = WORK / "copied.v6.img"
    image.write_bytes(os.urandom(100000))
    driver = driver_of(env, "bare")
    driver.port.host = "::1"
    try:
        assert failure(lambda: driver.load(str(image))).code == 9
    finally:
        driver.port.host = "exporter"
    assert len(list(CACHE.glob(f"*/{image.name}"))) == 1


def test_copy_over_a_connection_that_falls_silent(env: Any, connection: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_S", 4.0)
    driver = driver_of(env, "bare")
    assert driver.port.command_prefix  # this connects
    for pid in connections():
        os.kill(pid, signal.SIGSTOP)
    error = failure(driver.load)
    assert error.code is None
    assert "the host sent nothing for 4 s" in error.msg


@needs_cache
def test_rsync_over_a_connection_that_falls_silent(env: Any, connection: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exporter starts no rsync for this name before its connection is stopped."""
    monkeypatch.setattr(session, "SILENCE_S", 4.0)
    image = WORK / "copied.img"
    image.write_bytes(os.urandom(100000))
    (WORK / "rsync.wait").touch()
    thread = signal_later(signal.SIGSTOP)
    error = failure(lambda: driver_of(env, "bare").load(str(image)))
    thread.join()
    assert error.code is None
    assert "the host sent nothing for 4 s" in error.msg


def test_host_that_is_not_reached(env: Any) -> None:
    driver = driver_of(env, "bare")
    driver.port.host = "no-exporter.invalid"
    try:
        assert failure(driver.boot).code is None
        assert failure(driver.load).code is None
    finally:
        driver.port.host = "exporter"


@pytest.mark.skipif("EEPROM_DATA" not in os.environ, reason="the EEPROM test data is missing")
def test_recovery(env: Any) -> None:
    driver = driver_of(env, "recovering")
    result = driver.recover(settings=["BOOT_ORDER=0xf41"], firmware=os.environ["EEPROM_DATA"])
    assert result["ok"] is True
    eeprom = [event for event in driver.events if event["event"] == "eeprom"]
    assert [event["proof"] for event in eeprom] == ["proved"]
    assert driver.metadata()["EEPROM_HASH"] == eeprom[0]["sha256"]


def test_connection_that_breaks(env: Any, connection: None) -> None:
    thread = signal_later(signal.SIGKILL)
    error = failure(driver_of(env, "waiting").boot)
    thread.join()
    assert error.code is None
    assert "connection was lost" in error.msg
    assert is_gone(rpiboot_pid())
    assert driver_of(env, "bare").boot() == "/dev/sda"  # over a new connection


def test_connection_that_falls_silent(env: Any, connection: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_S", session.BEAT_S + 3.0)
    thread = signal_later(signal.SIGSTOP)
    started = time.monotonic()
    error = failure(driver_of(env, "waiting").boot)
    thread.join()
    assert error.code is None
    assert "the host sent nothing for 8 s" in error.msg
    assert time.monotonic() - started < 60
    for pid in connections():
        os.kill(pid, signal.SIGKILL)
    assert is_gone(rpiboot_pid())


def test_wait_longer_than_the_silence(env: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heartbeat lines of the host keep a connection without events alive."""
    monkeypatch.setattr(session, "SILENCE_S", session.BEAT_S + 3.0)
    driver = driver_of(env, "waiting")
    driver.timeout = 12
    assert failure(driver.boot).code == 3
