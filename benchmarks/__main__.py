"""All benchmarks, one after the other, or some, each in minutes: `python -m benchmarks [NAME…] [--full]`."""

import argparse
import shutil
import subprocess
import sys

from benchmarks.report import HERE, NAMES
from config import ROOT

#: Commands, and Debian's packages that contain them.
NEEDED = {"wrk": "wrk", "taskset": "util-linux", "curl": "curl", "node": "nodejs", "chromium": "chromium"}


def main() -> None:
    """Run each benchmark in a process of its own, so that none warms up another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all unless told")
    parser.add_argument("--full", action="store_true", help="a million inits and 50,000 completes for growth")
    arguments = parser.parse_args()
    names = arguments.names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    if missing := [package for command, package in NEEDED.items() if not shutil.which(command)]:
        sys.exit(f"Missing: apt-get install {' '.join(missing)}")
    failed = []
    for name in names:
        print(f"--- {name}", flush=True)
        more = ["--full"] if arguments.full and name == "growth" else []
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *more], cwd=ROOT, check=False).returncode:
            failed.append(name)
    print(f"\n{HERE / 'RESULTS.md'}")
    if failed:
        sys.exit(f"Not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
