"""Runs a command for as long as its parent lives, and a periodic command beside it.

    python supervisor.py PARENT_PID COMMAND… [-- SECONDS PERIODIC_COMMAND…] <>LOCK

This is a program of its own, so that it outlives a kill -9 of the parent just long enough to stop the command. It needs
only the standard library, so that it costs little memory. Standard input is the open lock file of `seaweedfs.starting`,
which stays locked until this process ends. Before the command is stopped the file is emptied, which says "not ready".
The periodic command is stopped first, so that it never finds the lock free.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

#: Seconds. A command whose first run ends by itself sooner than this can't run at all.
FIRST_RUN = 5
#: Seconds between two checks whether the parent lives.
INTERVAL = 0.25
#: Seconds that a command gets to stop by itself before it is killed.
GRACE = 10
#: Seconds before the periodic command's first run, so that it does not slow down the start.
FIRST_WAIT = 60

PR_SET_PDEATHSIG = 1  # prctl(2)


class PeriodicCommand:
    """A command that runs every so many seconds, never twice at a time, whether or not its last run failed."""

    def __init__(self, every: float, command: list[str]) -> None:
        self._every = every
        self._command = command
        self._due = time.monotonic() + min(every, FIRST_WAIT)
        self._process: subprocess.Popen[bytes] | None = None

    def run_if_due(self) -> None:
        """Start the command if its time has come and its last run is over."""
        running = self._process and self._process.poll() is None  # poll() also collects a process that has ended.
        if running or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._every
        try:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        except OSError as error:  # No memory or processes are left. What is supervised must go on all the same.
            print(f"{self._command}: {error}", file=sys.stderr, flush=True)  # noqa: T201

    def stop(self) -> None:
        """End the command if it runs."""
        if self._process:
            _stop(self._process)


def supervise(parent: int, command: list[str], periodic: PeriodicCommand | None = None) -> int:
    """Run `command` until the parent is gone or we are told to stop; start it again whenever it ends by itself.

    Return the exit status: the command's own if it can't run at all, 0 otherwise.
    """
    began = time.monotonic()
    while os.getppid() == parent:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        try:
            while child.poll() is None and os.getppid() == parent:
                if periodic:
                    periodic.run_if_due()
                time.sleep(INTERVAL)
        finally:
            if os.getppid() != parent or child.poll() is None:
                os.ftruncate(sys.stdin.fileno(), 0)
            if periodic:
                periodic.stop()
            _stop(child)
        # A negative status says that it was killed: it may run well the next time.
        if child.returncode >= 0 and time.monotonic() - began < FIRST_RUN:
            return child.returncode
        time.sleep(1)
    return 0


def _die_with_parent() -> None:
    # This ends a command even if the supervisor itself is killed. Only Linux has it.
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
    seconds, *periodic = words[end + 1 :] or [""]
    sys.exit(supervise(int(parent), words[:end], PeriodicCommand(float(seconds), periodic) if periodic else None))
