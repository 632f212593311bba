"""Servers, alone on one core or free on all, and the client that loads them, on the second."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config import ROOT
from tests.conftest import free_port
from tests.rigs.server import answers, until

HERE: Final = Path(__file__).parent
MODULES: Final = HERE / "node_modules"
PEERS: Final = HERE / ".venv" / "bin"
#: As in the container, which has no OpenTelemetry: the tests install it, and its empty spans take 5 % of a complete.
GUNICORN: Final = [
    str(ROOT / ".venv/bin/python"),
    "-c",
    "import sys; sys.modules['opentelemetry'] = None; from gunicorn.app.wsgiapp import run; run()",
]
#: Settings for an S3 that nobody calls: signing needs no network.
OFFLINE: Final = {
    "S3_BUCKET": "images",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "SECRET_KEY": "a secret of the benchmarks and long enough",
    "SITE_URL": "http://img.test",
    "RATE_LIMIT": "off",
}
#: The page's request: a photo, with the hash of its bytes.
INIT_REQUEST: Final[dict[str, Any]] = {
    "filename": "photo.jpg",
    "contentType": "image/jpeg",
    "size": 2_500_000,
    "sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
}
CLIENTS: Final = 16

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """The result of one round of wrk: requests a second, milliseconds, and the server's CPU for each request.

    `connections` is how many of them each of the server's processes had, half-way.
    """

    rate: float
    p50: float
    p99: float
    cpu_ms: float
    connections: list[int]


@dataclass
class Served:
    """A server that runs, and its processes."""

    url: str
    process: "subprocess.Popen[Any]"

    def pids(self) -> list[int]:
        """Return the pids of the process and all its descendants."""
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            with suppress(FileNotFoundError, ProcessLookupError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    queue += map(int, (task / "children").read_text().split())
        return found

    def cpu(self) -> float:
        """Return the seconds of CPU that all of them have taken."""
        return sum(cpu(pid) for pid in self.pids())

    def load(self, script: Path, seconds: int, connections: int = CLIENTS) -> Load:
        """Send requests as fast as it answers, over kept-alive connections.

        Raises:
            RuntimeError: an answer was not 2xx, or there was none.
        """
        command = [
            "taskset",
            "-c",
            core(1),
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--latency",
            "--timeout=30s",
        ]
        before = self.cpu()
        with subprocess.Popen([*command, "-s", str(script), self.url], stdout=subprocess.PIPE, text=True) as wrk:
            time.sleep(seconds / 2)
            held = self.connections()
            out, _ = wrk.communicate()
        used = self.cpu() - before
        if wrk.returncode or "Non-2xx" in out or "Socket errors" in out:
            raise RuntimeError(out)
        found = re.search(r"(\d+) requests in ", out), re.search(r"Requests/sec: +([\d.]+)", out)
        assert found[0], out
        assert found[1], out
        cpu_ms = 1000 * used / int(found[0][1])
        return Load(float(found[1][1]), _percentile(out, "50"), _percentile(out, "99"), cpu_ms, held)

    def connections(self) -> list[int]:
        """Return how many clients each process holds that holds any."""
        port, established = f":{int(self.url.rpartition(':')[2]):04X}", "01"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ours = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(port) and row[3] == established}
        held = [sum(target in ours for target in _open_files(pid)) for pid in self.pids()]
        return [count for count in held if count]


def cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _open_files(pid: int) -> list[str]:
    found = []
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # It was closed meanwhile.
            found.append(str(file.readlink()))
    return found


def rss(pid: int) -> float:
    """Return the MB of memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0


def core(number: int) -> str:
    """Name a core for taskset: servers have the first (0), clients the second (1)."""
    cores = sorted(os.sched_getaffinity(0))
    return str(cores[number % len(cores)])


@contextmanager
def serve(command: list[str], ready: str, on: int | None = 0, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Run a server on one core, or on all for None, on a port of its own: PORT in its command and environment."""
    port = str(free_port())
    pinned = [] if on is None else ["taskset", "-c", core(on)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*pinned, *(word.replace("PORT", port) for word in command)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **(env or {}), "PORT": port},
            stdout=log,
            stderr=log,
        )
        try:
            served = Served(f"http://127.0.0.1:{port}", process)
            until(lambda: process.poll() is not None or answers(served.url + ready))
            if process.poll() is not None:
                log.seek(0)
                raise RuntimeError(log.read().decode())
            yield served
        finally:
            process.terminate()
            process.wait(30)


def stand_in(delay: float = 0, keys: int = 0) -> Any:
    """Run benchmarks/store.py on the client's core."""
    command = [sys.executable, "-m", "benchmarks.store", "PORT", str(delay), str(keys)]
    return serve(command, "/images", on=1)


def ours(**env: str) -> Any:
    """Run gunicorn as the container does, with one worker, on one core."""
    return serve(GUNICORN, "/health", env={**OFFLINE, "WEB_CONCURRENCY": "1", **env})


def post(folder: Path, path: str, bodies: list[str]) -> Path:
    """Write a script for wrk that POSTs JSON, one body after the other."""
    script = folder / f"{path.strip('/').replace('/', '-')}-{time.monotonic_ns()}.lua"
    lines = ",\n".join(f"[==[{body}]==]" for body in bodies)
    script.write_text(
        f"""local bodies, at = {{ {lines} }}, 0
local headers = {{ ["Content-Type"] = "application/json" }}
function request()
  at = at % #bodies + 1
  return wrk.format("POST", "{path}", headers, bodies[at])
end
"""
    )
    return script


def uploads(folder: Path, found: str, body: str) -> Path:
    """Write a script for wrk that makes whole uploads: as many completes as inits.

    `found` is what a complete needs of the answer to its init, as a pattern of Lua; `%s` in `body` is its place.
    """
    script = folder / f"uploads-{time.monotonic_ns()}.lua"
    script.write_text(
        f"""local staged, headers = {{}}, {{ ["Content-Type"] = "application/json" }}
function request()
  local one = table.remove(staged)
  if one then
    return wrk.format("POST", "/uploads/complete", headers, ([==[{body}]==]):format(one))
  end
  return wrk.format("POST", "/uploads/init", headers, [==[{json.dumps(INIT_REQUEST)}]==])
end
function response(status, _, body)
  staged[#staged + 1] = body:match([==[{found}]==])
end
"""
    )
    return script


def get(folder: Path, path: str) -> Path:
    """Write a script for wrk that GETs."""
    script = folder / f"get-{time.monotonic_ns()}.lua"
    script.write_text(f'function request()\n  return wrk.format("GET", "{path}")\nend\n')
    return script


def _percentile(out: str, which: str) -> float:
    found = re.search(rf"\s{which}%\s+([\d.]+)(us|ms|s)", out)
    assert found, out
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]
