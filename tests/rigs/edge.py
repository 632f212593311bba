"""Caddy with deploy/caddy/edge.caddy, in front of parts that run apart."""

import subprocess
import sys
from pathlib import Path

from config import ROOT
from tests.rigs.server import answers, until

RULES = ROOT / "deploy" / "caddy" / "edge.caddy"


class Edge:
    """One Caddy, on plain HTTP, behind one more proxy that the API trusts."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.url = f"http://localhost:{self.port}"
        self._folder = folder

    def start(self, api: str, store: str) -> None:
        """Start it in front of the nodes that `api` lists and of the S3 at `store`, each a host and a port."""
        site = f"http://:{self.port} {{\n\tbind 127.0.0.1\n\timport site\n}}\n"
        (self._folder / "Caddyfile").write_text(f'import "{RULES}"\n\n{site}')
        env = {"API": api, "STORE": store, "S3_BUCKET": "images", "MAX_UPLOAD_BYTES": str(25 * 1024**2)}
        behind = {"EDGE_SERVER_OPTIONS": "trusted_proxies static 127.0.0.1/32"}
        with (self._folder / "caddy.log").open("wb") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("caddy"), "run", "--config", "Caddyfile"],
                cwd=self._folder,
                env={"HOME": str(self._folder), **env, **behind},
                stdout=log,
                stderr=log,
            )
        until(lambda: answers(f"{self.url}/health"))

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
