"""Debian's Redis, which keeps nothing on the disk."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.rigs.server import listens, until


class Redis:
    """One server on 127.0.0.1, which may be started again."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if not program:
            pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
        self._program = program
        self.port = free_port()
        self._folder = folder

    @property
    def uri(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self._program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", self._folder],
            stdout=subprocess.DEVNULL,
        )
        until(lambda: listens(self.port))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
