"""Runs a Python module under what a systemd unit allows of system calls and memory, without systemd.

    python -m tests.rigs.sandbox UNIT MODULE ARGUMENTS…

It obeys SystemCallFilter=, NoNewPrivileges= and MemoryDenyWriteExecute= of the unit, by the same library as systemd
(libseccomp) and systemd's own lists of calls.
"""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# prctl(2), seccomp_init(3)
PR_SET_NO_NEW_PRIVS, PR_SET_MDWE = 38, 65
ALLOW, REFUSE = 0x7FFF0000, 0x00050001


def lists() -> dict[str, list[str]]:
    """Return systemd's lists of calls; a list may name other lists."""
    command = [shutil.which("systemd-analyze") or "systemd-analyze", "syscall-filter", "--no-pager"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = {}
    for line in re.sub(r"\x1b\[[0-9;]*m", "", printed.stdout).splitlines():
        if line.startswith("@"):
            found[line.strip()] = latest = []
        elif line.strip() and not line.strip().startswith("#"):
            latest.append(line.strip())
    return found


def allowed(unit: Path) -> set[str]:
    """Return the names of the calls that a unit allows."""
    groups = lists()

    def expand(name: str) -> set[str]:
        return set().union(*map(expand, groups[name])) if name.startswith("@") else {name}

    calls = expand("@default")
    for sign, names in re.findall(r"^SystemCallFilter=(~?)(.+)$", unit.read_text(), re.MULTILINE):
        named = set().union(*map(expand, names.split()))
        calls = calls - named if sign else calls | named
    return calls


def confine(unit: Path) -> None:
    """Confine this process and all that it will start."""
    libc, seccomp = ctypes.CDLL(None), ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(REFUSE))
    for name in allowed(unit):
        # Negative for calls of other processors.
        if (number := seccomp.seccomp_syscall_resolve_name(name.encode())) >= 0:
            seccomp.seccomp_rule_add(rules, ALLOW, number, 0)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    if "MemoryDenyWriteExecute=yes" in unit.read_text():
        # Linux has it since 6.3; systemd refuses the same calls by seccomp.
        libc.prctl(PR_SET_MDWE, 1, 0, 0, 0)
    assert seccomp.seccomp_load(rules) == 0


if __name__ == "__main__":
    confine(Path(sys.argv[1]))
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[2:]])  # noqa: S606
