"""Runs a command for as long as its parent lives, and a chore beside it every so often.

    python supervisor.py PARENT_PID COMMAND… [-- SECONDS CHORE…] <>LOCK

A program of its own, of the standard library alone, so that it costs little memory and outlives a kill -9 of the
parent just long enough to stop the command. Standard input is the open lock file of `seaweedfs.start`: it stays locked
until this process ends, and is emptied, which says "not ready", before the command is stopped. The chore is stopped
first, so that it never finds the lock free.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

#: Seconds. A command that ends by itself sooner than this, the first time, can't run at all.
FIRST_RUN = 5
#: Seconds between two looks at the parent.
INTERVAL = 0.25
#: Seconds that the command gets to stop by itself.
GRACE = 10
#: Seconds before the chore's first turn, so that it does not slow down the start.
FIRST_TURN = 60

PR_SET_PDEATHSIG = 1  # prctl(2)


class Chore:
    """A command that runs every so often, one at a time; after a failure it gets its next turn as after a success."""

    def __init__(self, every: float, command: list[str]) -> None:
        self._every = every
        self._command = command
        self._turn = time.monotonic() + min(every, FIRST_TURN)
        self._process: subprocess.Popen[bytes] | None = None

    def tend(self) -> None:
        """Start it where it is due."""
        running = self._process and self._process.poll() is None  # Asked each time, or it would stay a zombie.
        if running or time.monotonic() < self._turn:
            return
        self._turn = time.monotonic() + self._every
        try:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        except OSError as error:  # No memory, or no processes left: the command must go on all the same.
            print(f"{self._command}: {error}", file=sys.stderr, flush=True)  # noqa: T201

    def stop(self) -> None:
        """End it where it runs."""
        if self._process:
            _stop(self._process)


def supervise(parent: int, command: list[str], chore: Chore | None = None) -> int:
    """Run `command`, again whenever it ends by itself, until the parent is gone or we are told to stop."""
    began = time.monotonic()
    while os.getppid() == parent:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        try:
            while child.poll() is None and os.getppid() == parent:
                if chore:
                    chore.tend()
                time.sleep(INTERVAL)
        finally:
            if os.getppid() != parent or child.poll() is None:
                os.ftruncate(sys.stdin.fileno(), 0)
            if chore:
                chore.stop()
            _stop(child)
        # Below zero it was killed, and may do better next time.
        if child.returncode >= 0 and time.monotonic() - began < FIRST_RUN:
            return child.returncode
        time.sleep(1)
    return 0


def _die_with_parent() -> None:
    # Also where the supervisor itself is killed; only Linux knows this.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _, parent, *words = sys.argv
    end = words.index("--") if "--" in words else len(words)
    every, *chore = words[end + 1 :] or [""]
    sys.exit(supervise(int(parent), words[:end], Chore(float(every), chore) if chore else None))
