"""The program that runs the embedded store. Real processes are ended in every way."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from app.embedded import supervisor
from config import ROOT

#: It waits for processes to start, end and start again.
pytestmark = pytest.mark.slow
SUPERVISOR = ROOT / "app" / "embedded" / "supervisor.py"
#: Seconds. Nothing here takes so long: only a test that fails waits for them.
DEADLINE = 120

SLEEP = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


class Supervised:
    """A supervisor and its command. Both hold the writing end of a pipe, so the pipe ends when both are gone."""

    def __init__(self, folder: Path) -> None:
        self.lock_path = folder / "lock"
        self.lock_path.write_text("8333")
        self.reader, self.writer = os.pipe()
        self.said = b""

    def lock(self) -> IO[str]:
        return self.lock_path.open("r+")

    def start(self, script: str, **options: Any) -> "subprocess.Popen[bytes]":
        return self.start_command([sys.executable, "-c", script], **options)

    def start_command(self, command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        with self.lock() as lock:
            self.process = subprocess.Popen(
                [sys.executable, "-I", SUPERVISOR, str(os.getpid()), *command],
                stdin=lock,
                stdout=self.writer,
                stderr=self.writer,
                **options,
            )
        self.let_go()
        return self.process

    def let_go(self) -> None:
        os.close(self.writer)
        self.writer = -1

    def read(self) -> bool:
        """Read what is written next; return False at the end."""
        ready, _, _ = select.select([self.reader], [], [], DEADLINE)
        assert ready, f"nothing happened; said so far: {self.said!r}"
        said = os.read(self.reader, 65_536)
        self.said += said
        return bool(said)

    def line(self) -> str:
        while b"\n" not in self.said:
            assert self.read(), self.said
        line, _, self.said = self.said.partition(b"\n")
        return line.decode()

    def ends(self) -> None:
        """Wait until nobody is left who could write."""
        while self.read():
            pass


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    supervised = Supervised(tmp_path)
    yield supervised
    process = getattr(supervised, "process", None)
    if process and process.poll() is None:
        process.terminate()
        process.wait(DEADLINE)
    os.close(supervised.reader)
    if supervised.writer >= 0:
        supervised.let_go()


PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-I", sys.argv[1], str(os.getpid()), sys.executable, "-c", sys.argv[2]])
time.sleep(600)
"""


def test_command_ends_with_its_parent_however_that_died(supervised: Supervised) -> None:
    with supervised.lock() as lock:
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, SUPERVISOR, SLEEP],
            stdin=lock,
            stdout=supervised.writer,
            stderr=supervised.writer,
        )
    supervised.let_go()
    assert int(supervised.line()) != parent.pid
    parent.send_signal(signal.SIGKILL)
    parent.wait(DEADLINE)
    supervised.ends()
    # The file is empty, so whoever starts next sees that no store is ready.
    assert supervised.lock_path.read_text() == ""


def test_supervisor_of_another_parent_starts_nothing(supervised: Supervised) -> None:
    with supervised.lock() as lock:
        done = subprocess.run(
            [sys.executable, "-I", SUPERVISOR, "1", sys.executable, "-c", SLEEP],
            stdin=lock,
            capture_output=True,
            timeout=DEADLINE,
            check=True,
        )
    assert done.stdout == b""


def test_command_ends_on_sigterm(supervised: Supervised) -> None:
    process = supervised.start(SLEEP)
    supervised.line()
    process.terminate()
    assert process.wait(DEADLINE) == 0
    supervised.ends()
    assert supervised.lock_path.read_text() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_command_ends_when_the_supervisor_is_killed(supervised: Supervised) -> None:
    process = supervised.start(SLEEP)
    supervised.line()
    process.kill()
    process.wait(DEADLINE)
    supervised.ends()


def test_command_that_dies_later_is_started_again(supervised: Supervised) -> None:
    # It lives just longer than one that can't run at all.
    script = SLEEP.replace("600", str(supervisor.FIRST_RUN + 0.5))
    process = supervised.start(script)
    pids = {supervised.line(), supervised.line()}
    assert len(pids) == 2
    assert process.poll() is None
    process.terminate()
    process.wait(DEADLINE)
    supervised.ends()


@pytest.mark.parametrize(
    "command",
    [[sys.executable, "-c", "print('no'); raise SystemExit(3)"], ["/nowhere/weed"]],
    ids=["fails", "missing"],
)
def test_command_that_can_not_run_is_given_up(supervised: Supervised, command: list[str]) -> None:
    process = supervised.start_command(command)
    assert process.wait(DEADLINE) != 0
    supervised.ends()
    assert supervised.said.count(b"no\n") <= 1


def test_command_is_told_to_end_before_it_is_killed(supervised: Supervised) -> None:
    script = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('flushed', flush=True)))\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(600)"
    )
    process = supervised.start(script)
    supervised.line()
    process.terminate()
    assert supervised.line() == "flushed"
    assert process.wait(DEADLINE) == 0
    supervised.ends()


def test_command_gets_no_open_file(supervised: Supervised) -> None:
    script = (
        "import os\n"
        "def is_open(number):\n"
        "    try: os.fstat(number)\n"
        "    except OSError: return False\n"
        "    return True\n"
        "print([number for number in range(3, 1000) if is_open(number)])\n"
        "print(os.path.samestat(os.fstat(0), os.stat(os.devnull)), flush=True)\n"
        "import time; time.sleep(600)\n"
    )
    secret = os.open(__file__, os.O_RDONLY)
    try:
        process = supervised.start(script, pass_fds=[secret])
    finally:
        os.close(secret)
    assert supervised.line() == "[]"
    # The command's input is not the lock file, which must be unlocked as soon as the supervisor ends.
    assert supervised.line() == "True"
    process.terminate()
    process.wait(DEADLINE)
    supervised.ends()


# The periodic command


def with_periodic(supervised: Supervised, script: str, command: list[str], every: float) -> "subprocess.Popen[bytes]":
    return supervised.start_command([sys.executable, "-c", script, "--", str(every), *command])


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def test_periodic_command_runs_again_and_again_even_if_it_fails(supervised: Supervised) -> None:
    quiet = "import time; time.sleep(600)"
    with_periodic(supervised, quiet, python("print('done', flush=True); raise SystemExit(1)"), 0.1)
    assert [supervised.line() for _ in range(3)] == ["done"] * 3
    assert supervised.process.poll() is None


def test_periodic_command_never_runs_twice_at_a_time(supervised: Supervised) -> None:
    with_periodic(
        supervised, "import time; time.sleep(2); print('later', flush=True); time.sleep(600)", python(SLEEP), 0.1
    )
    supervised.line()
    assert supervised.line() == "later"


def test_periodic_command_that_can_not_run_leaves_the_other_alone(supervised: Supervised) -> None:
    with_periodic(supervised, SLEEP, ["/nowhere/python"], 0.1)
    said = [supervised.line() for _ in range(3)]
    assert sum("/nowhere/python" in line for line in said) == 2
    assert supervised.process.poll() is None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_periodic_command_ends_with_the_supervisor(supervised: Supervised, how: signal.Signals) -> None:
    if how == signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux tells a process that its parent died")
    process = with_periodic(supervised, SLEEP, python(SLEEP), 0.1)
    assert len({supervised.line(), supervised.line()}) == 2
    process.send_signal(how)
    process.wait(DEADLINE)
    supervised.ends()


def test_periodic_command_gets_no_lock(supervised: Supervised) -> None:
    # A periodic command with the lock would keep the next start waiting.
    script = "import os; print(os.path.samestat(os.fstat(0), os.stat(os.devnull)), os.listdir('/dev/fd'), flush=True)"
    with_periodic(supervised, "import time; time.sleep(600)", python(script), 0.1)
    is_null, _, files = supervised.line().partition(" ")
    assert is_null == "True"
    # Its standard three, and the folder that it lists.
    assert files == "['0', '1', '2', '3']"
