"""Debian's Prometheus, which looks at one server every second."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from config import ROOT
from tests.conftest import free_port
from tests.rigs.server import answers, until

MONITORING = ROOT / "deploy" / "monitoring"


def program(name: str) -> str:
    """Return the path of one of Prometheus' programs."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed (Debian: apt-get install prometheus)")
    return found


class Prometheus:
    """One Prometheus on 127.0.0.1, with the configuration of deploy/monitoring and its alerts."""

    def __init__(self, folder: Path, target: str) -> None:
        config = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
        shutil.copy(MONITORING / "alerts.yaml", folder)
        self._folder = folder
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._command = [
            program("prometheus"),
            f"--config.file={folder}/prometheus.yaml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ]

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=self._folder)
        until(lambda: self._process.poll() is not None or answers(f"{self.url}/-/ready"))
        assert self._process.poll() is None

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def ask(self, path: str, **parameters: str) -> Any:
        answer = requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=60).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, query: str, at: float | None = None) -> dict[tuple[str, ...], float]:
        """Return what a query finds, now or `at` a time: a value for the labels, sorted by their names."""
        found = self.ask("query", query=query, **({"time": str(at)} if at else {}))["result"]
        return {
            tuple(value for _, value in sorted(series["metric"].items())): float(series["value"][1]) for series in found
        }
