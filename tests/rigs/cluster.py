"""SeaweedFS as a cluster on one machine: the commands of docs/growing.md, on ports of their own.

Each machine of that page is a folder here, with its own copy of the two files of keys.
"""

import re
import shlex
import shutil
import string
import subprocess
import sys
from pathlib import Path
from typing import Final

from app.embedded import keys
from config import ROOT
from tests.conftest import free_port

MACHINES: Final = 3
ADDRESS: Final = "127.0.0.1"
WEED: Final = str(Path(sys.executable).with_name("weed"))


def published() -> dict[str, list[str]]:
    """Return the arguments with which docs/growing.md starts each part, by the part's name."""
    page = (ROOT / "docs" / "growing.md").read_text().replace("\\\n", "")
    return {
        part: shlex.split(rest) for part, rest in re.findall(r"^ {4}weed (master|volume|filer|s3) (.*)$", page, re.M)
    }


class Cluster:
    """The parts of one cluster; each is named by what it is and by its machine, and may start again after a kill."""

    def __init__(self, folder: Path) -> None:
        masters = free_port()
        volumes = free_port()
        self._ports = {
            **{("master", machine): masters + machine for machine in range(MACHINES)},
            **{("volume", machine): volumes + machine for machine in range(MACHINES)},
            ("filer", 0): masters + 3,
            ("s3", 0): masters + 4,
        }
        #: For the edge in front, which is not ours.
        self.edge_port = volumes + MACHINES
        self._masters = ",".join(f"{ADDRESS}:{masters + machine}" for machine in range(MACHINES))
        self._commands = published()
        self._running: dict[tuple[str, int], subprocess.Popen[bytes]] = {}
        self._machines = [folder / str(machine) for machine in range(MACHINES)]
        self.credentials = keys.credentials(folder)
        for machine in self._machines:
            for name in ("master", "volumes", "filer"):
                (machine / name).mkdir(parents=True)
            for name in ("security.toml", "s3.json"):
                shutil.copy(folder / name, machine)

    @property
    def url(self) -> str:
        """The S3 gateway's address."""
        return f"http://{ADDRESS}:{self._ports['s3', 0]}"

    @property
    def ports(self) -> list[int]:
        """The ports of all parts: HTTP, and 10,000 above gRPC."""
        return [port + offset for port in self._ports.values() for offset in (0, 10_000)]

    def start(self, part: str, machine: int = 0) -> None:
        words = {"HERE": ADDRESS, "MASTERS": self._masters, "FILER": f"{ADDRESS}:{self._ports['filer', 0]}"}
        arguments = [string.Template(argument).substitute(words) for argument in self._commands[part]]
        arguments.append(f"-port={self._ports[part, machine]}")  # The last one counts.
        folder = self._machines[machine]
        with (folder / f"{part}.log").open("ab") as log:
            self._running[part, machine] = subprocess.Popen(
                [WEED, "-logtostderr=true", part, *arguments],
                cwd=folder,
                env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self, part: str, machine: int = 0) -> None:
        """End a part as a power cut would."""
        process = self._running.pop((part, machine))
        process.kill()
        process.wait()

    def stop(self) -> None:
        for part, machine in list(self._running):
            self.kill(part, machine)

    def run(self, *commands: str) -> str:
        """Give commands to `weed shell`; return what it says."""
        done = subprocess.run(
            [WEED, "shell", f"-master={self._masters}"],
            input="\n".join(commands),
            cwd=self._machines[0],
            env={"PATH": "/usr/bin:/bin", "HOME": str(self._machines[0])},
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout + done.stderr

    @property
    def leader(self) -> int:
        """The machine whose master leads."""
        said = self.run("cluster.raft.ps")
        found = re.search(rf"{ADDRESS}:(\d+)\.\d+ .*\(Leader\)", said)
        assert found, said
        return int(found[1]) - self._ports["master", 0]

    def knows_volume_server(self, machine: int) -> bool:
        """Say whether a machine's volume server has found the leading master."""
        return f"{ADDRESS}:{self._ports['volume', machine]} " in self.run("cluster.ps")
