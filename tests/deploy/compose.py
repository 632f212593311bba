"""The compose files, as compose reads them."""

import re
from typing import Any

import yaml

from config import ROOT

FOLDER = ROOT / "deploy"
FILES = sorted(FOLDER.glob("compose*.yaml"))


def interpolate(text: str, env: dict[str, str]) -> str:
    """Fill in ${NAME}, ${NAME:-default} and ${NAME:?message}."""

    def value(found: re.Match[str]) -> str:
        name, sign, word = found.groups()
        if not env.get(name) and sign == ":?":
            raise KeyError(name)
        return env.get(name) or (word if sign == ":-" else "")

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, text)


def load(name: str, **env: str) -> dict[str, Any]:
    """Return a file's content, with variables from `env` and no other environment."""
    return dict(yaml.safe_load(interpolate((FOLDER / name).read_text(), env)))


def environment(service: dict[str, Any], env: dict[str, str]) -> dict[str, str]:
    """Return what a service has in its environment; a name without a value passes that of `env` on."""
    named = service.get("environment", {}).items()
    return {
        name: str(value if value is not None else env[name])
        for name, value in named
        if value is not None or name in env
    }
