"""The command imghost, as a process of its own with a home of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from config import ROOT

SOURCE = ROOT / "clients" / "imghost" / "src"


class Imghost:
    """The command of one person: settings, history and journal are in `home`."""

    def __init__(self, home: Path, **env: str) -> None:
        self.home = home
        self.command = [sys.executable, "-m", "imghost"]
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(SOURCE),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "TMPDIR": str(home),
            **env,
        }

    @property
    def config(self) -> Path:
        return self.home / "config" / "imghost" / "config.toml"

    @property
    def login(self) -> Path:
        return self.home / "config" / "imghost" / "login.json"

    @property
    def state(self) -> Path:
        return self.home / "state" / "imghost"

    def configure(self, text: str) -> None:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)

    def spawn(self, *arguments: str, stdin: Any = subprocess.DEVNULL, **options: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*self.command, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            cwd=self.home,
            **options,
        )

    def run(self, *arguments: str, data: bytes | None = None, **options: Any) -> "Said":
        process = self.spawn(*arguments, stdin=subprocess.DEVNULL if data is None else subprocess.PIPE, **options)
        return ended(process, data)

    def links(self, *arguments: str, data: bytes | None = None) -> list[str]:
        """Run it where it must succeed, in silence; return the lines of its output."""
        said = self.run(*arguments, data=data)
        assert (said.code, said.errors) == (0, ""), said
        return said.output.splitlines()

    def history(self) -> list[dict[str, Any]]:
        return list(json.loads(self.run("history", "--json").output))


class Said:
    """What a process said, and its exit code."""

    def __init__(self, code: int, output: str, errors: str) -> None:
        self.code = code
        self.output = output
        self.errors = errors

    def __repr__(self) -> str:
        return f"exit code {self.code}\n{self.output}\n{self.errors}"


def ended(process: "subprocess.Popen[bytes]", data: bytes | None = None) -> Said:
    output, errors = process.communicate(data, timeout=300)
    said = Said(process.returncode, output.decode(), errors.decode())
    assert "Traceback" not in said.errors, said
    return said
