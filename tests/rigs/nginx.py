"""Debian's nginx with deploy/nginx/image-host.conf, on ports and with a certificate of its own."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from config import ROOT
from tests.conftest import free_port
from tests.rigs.server import listens, until

SITE: Final = "img.example.org"
PUBLISHED: Final = ROOT / "deploy" / "nginx" / "image-host.conf"
#: What Debian's own nginx.conf says, as far as it matters here.
AROUND: Final = """\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    default_type application/octet-stream;
    gzip on;
    {folders}
    include image-host.conf;
}}
"""
FOLDERS: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx:
    """One nginx in front of `upstream`, a port of 127.0.0.1."""

    def __init__(self, folder: Path, upstream: int) -> None:
        # Debian puts it where only root's PATH looks.
        program = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
        if not program:
            pytest.skip("nginx is not installed (Debian: apt-get install nginx-light)")
        self.port = free_port()
        self.plain_port = self.port + 1
        self.certificate = folder / "fullchain.pem"
        _certify(self.certificate, folder / "privkey.pem")
        text = PUBLISHED.read_text()
        for published, here in (
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("listen [::]:80;", ""),
            ("listen [::]:443 ssl http2;", ""),
            (f"/etc/letsencrypt/live/{SITE}", str(folder)),
            ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream};"),
        ):
            assert text.count(published) in (1, 2), published
            text = text.replace(published, here)
        (folder / "image-host.conf").write_text(text)
        folders = " ".join(f"{name}_temp_path {folder / name};" for name in FOLDERS)
        (folder / "nginx.conf").write_text(AROUND.format(folders=folders))
        self._command = [program, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
        self._log = folder / "nginx.log"

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until(lambda: self._process.poll() is not None or listens(self.port))
        assert self._process.poll() is None, self._log.read_text()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def _certify(certificate: Path, key: Path) -> None:
    """Make a certificate for SITE, signed by itself."""
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", f"/CN={SITE}", "-addext", f"subjectAltName=DNS:{SITE}"]
    subprocess.run(
        ["/usr/bin/openssl", "req", "-x509", *kind, *names, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
