"""Runs a command for as long as its parent lives: `python supervisor.py PARENT_PID COMMAND… <>LOCK`.

A program of its own, of the standard library alone, so that it costs little memory and outlives a kill -9 of the
parent just long enough to stop the command. Standard input is the open lock file of `seaweedfs.start`: it stays locked
until this process ends, and is emptied, which says "not ready", before the command is stopped.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

#: Seconds. A command that ends sooner than this, the first time, can't run at all.
FIRST_RUN = 5
#: Seconds between two looks at the parent.
INTERVAL = 0.25
#: Seconds that the command gets to stop by itself.
GRACE = 10

PR_SET_PDEATHSIG = 1  # prctl(2)


def supervise(parent: int, command: list[str]) -> int:
    """Run `command`, again whenever it ends by itself, until the parent is gone or we are told to stop."""
    began = time.monotonic()
    while os.getppid() == parent:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        try:
            while child.poll() is None and os.getppid() == parent:
                time.sleep(INTERVAL)
        finally:
            if os.getppid() != parent or child.poll() is None:
                os.ftruncate(sys.stdin.fileno(), 0)
            _stop(child)
        if time.monotonic() - began < FIRST_RUN:
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
    sys.exit(supervise(int(sys.argv[1]), sys.argv[2:]))
