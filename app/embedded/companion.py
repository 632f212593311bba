"""A program that runs beside the server for as long as the server does, under supervisor.py."""

import atexit
import fcntl
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final, NoReturn

#: Seconds that a start may take. It takes one on a quiet machine, and a minute on a busy one.
START_TIMEOUT: Final = 120

#: Seconds between two questions whether it is ready.
INTERVAL: Final = 0.02

_SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")


class StartFailed(Exception):
    """The store or the edge can't run here; the message says what to do."""


def find(program: str, name: str, otherwise: str) -> str:
    """Return the path of a program that a Python package brought.

    Raises:
        StartFailed: it is not there. `otherwise` says what to do without it.
    """
    if path := shutil.which(program, path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath])):
        return path
    raise StartFailed(
        f"{name} is not installed (pip install -r requirements-local.txt), or has no build for this platform"
        f" ({platform.system()} {platform.machine()}). {otherwise}"
    )


def ignore_ends() -> None:
    """Ignore Ctrl-C and SIGTERM from now on, so that nothing interrupts an end that has begun."""
    try:
        # With SIG_IGN, Python reports a signal that comes just now as an error of its own.
        signal.signal(signal.SIGINT, _do_nothing)
        signal.signal(signal.SIGTERM, _do_nothing)
    except (KeyboardInterrupt, SystemExit):
        # The handler of a signal that had come already raised this. What it asks for has begun.
        ignore_ends()


def _do_nothing(*_: object) -> None: ...


class Companion:
    """One program and its supervisor.

    It starts at once, while this process does something else: `wait` for it before you need it. From then on, whichever
    of the two ends first, server or supervisor, takes the other along. A program that ends by itself is started again.
    """

    def __init__(
        self,
        command: list[str],
        folder: Path,
        log: Path,
        lock: IO[str],
        env: dict[str, str],
        ready: Callable[[], bool],
        periodic: Sequence[str] = (),
    ) -> None:
        self._log = log
        self._ready = ready
        self._deadline = time.monotonic() + START_TIMEOUT
        self._pipe, theirs = os.pipe()
        beside = ["--", *periodic] if periodic else []
        with log.open("wb") as output:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", _SUPERVISOR, str(os.getpid()), *command, *beside],
                cwd=folder,
                env={"PATH": os.defpath, "HOME": str(folder), **env},
                stdin=lock,
                stdout=output,
                stderr=output,
                pass_fds=[theirs],
                # Ctrl-C is for the parent, which ends its companions as its own last act.
                start_new_session=True,
            )
        os.close(theirs)
        atexit.register(self._stop, os.getpid())

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            StartFailed: it has ended, or does not get ready in time; the message has its last words.
        """
        while not self._ready():
            if self._supervisor.poll() is not None or time.monotonic() > self._deadline:
                self._fail()
            time.sleep(INTERVAL)
        # Not before: the signal would end us before we could say why.
        self._end_with(self._pipe)
        if self._supervisor.poll() is not None:
            self._fail()

    def _fail(self) -> NoReturn:
        self._supervisor.terminate()
        tail = self._log.read_text(errors="replace").strip().splitlines()[-5:]
        raise StartFailed(f"{self._log.stem} did not start. Its last words:\n" + "\n".join(tail))

    @staticmethod
    def _end_with(pipe: int) -> None:
        # The kernel sends SIGTERM when the other end is closed, as it is when the supervisor ends, however it ends.
        if sys.platform == "linux":
            fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGTERM)
            fcntl.fcntl(pipe, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)

    def _stop(self, parent: int) -> None:
        # gunicorn's workers inherit this function with the fork, and must not stop anything.
        if os.getpid() == parent:
            ignore_ends()  # One of them is the end of the supervisor, which is meant.
            self._supervisor.terminate()
            self._supervisor.wait()
