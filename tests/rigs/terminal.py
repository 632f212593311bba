"""A terminal like a person's: Ctrl-C reaches every process in it."""

import os
import pty
import signal
import threading
import time
from collections.abc import Callable

from config import ROOT


class Terminal:
    """A command in a terminal of its own, where a test can press Ctrl-C."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.said = ""
        self.pid, self.keyboard = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execve(command[0], command, env)  # noqa: S606
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        while True:
            try:
                self.said += os.read(self.keyboard, 4096).decode(errors="replace")
            except OSError:  # Its last process has ended.
                return

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; fail, with what was said, if the command ends before."""
        deadline = time.monotonic() + 120
        while not condition():
            assert self.reader.is_alive(), self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def press_ctrl_c(self) -> None:
        os.write(self.keyboard, b"\x03")

    def end(self) -> str:
        self.reader.join(60)
        ended = not self.reader.is_alive()
        if not ended:
            os.killpg(self.pid, signal.SIGKILL)
            self.reader.join()
        os.waitpid(self.pid, 0)
        os.close(self.keyboard)
        assert ended, self.said
        return self.said
