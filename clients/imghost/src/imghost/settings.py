"""Every setting: the command line wins over the environment, that over config.toml, that over what login kept.

The only module that reads the environment.
"""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from imghost.errors import Failure, Usage

FORMATS = ("links", "page", "markdown", "html", "bbcode", "json")
EXPIRIES = ("1d", "7d", "30d")
#: Pictures at a time.
JOBS = 8
MOST_JOBS = 16

_KEYS = {"server": str, "jobs": int, "expires": str, "format": str, "keep_metadata": bool, "copy": bool}
_LOCAL = {"localhost", "127.0.0.1", "[::1]"}


@dataclass(frozen=True)
class Settings:
    """What a command works with."""

    server: str | None
    #: The access token of `server`.
    token: str | None
    jobs: int = JOBS
    expires: str | None = None
    format: str = "links"
    keep_metadata: bool = False
    copy: bool = False


def config_file() -> Path:
    """Return the file that a person writes."""
    return platformdirs.user_config_path("imghost") / "config.toml"


def login_file() -> Path:
    """Return the file that `imghost login` writes: it has the tokens."""
    return platformdirs.user_config_path("imghost") / "login.json"


def state_folder() -> Path:
    """Return the folder of the history, and of what an interrupted run leaves; make it where it is missing.

    Raises:
        Failure: it can't be made.
    """
    folder = platformdirs.user_state_path("imghost")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{folder} can't be made: {error.strerror}. imghost keeps its history there.") from error
    return folder


def read(options: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """Put the settings together; an option that is None was not given.

    Raises:
        Usage: a file or a variable is wrong.
    """
    written, login = _written(), _login()
    given = {key: value for key, value in options.items() if value is not None}
    named = environ.get("IMGHOST_SERVER")
    server = given.pop("server", None) or named or written.pop("server", None) or login.get("server")
    server = address(server) if server else None
    token = login["tokens"].get(server)
    # A token in the environment is for the server beside it, and for no other.
    if (secret := environ.get("IMGHOST_TOKEN")) and (not named or address(named) == server):
        token = secret
    written.pop("server", None)
    return Settings(**{**written, **given, "server": server, "token": checked_token(token)})


def address(server: str) -> str:
    """Return the address of a server in the one form that tokens are kept under.

    Raises:
        Usage: it is no address.
    """
    if "://" not in server:
        host = server.partition("/")[0].partition(":")[0]
        server = f"http://{server}" if host in _LOCAL else f"https://{server}"
    try:
        parsed = parse_url(server)
    except LocationParseError:
        parsed = parse_url("")
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.auth or parsed.query or parsed.fragment:
        raise Usage("The server's address must look like https://img.example.org, without a user, ? or #.")
    return f"{parsed.scheme}://{parsed.netloc}{parsed.path or ''}".rstrip("/")


def is_exposed(server: str) -> bool:
    """Say whether what is sent there travels a network unencrypted."""
    parsed = parse_url(server)
    return parsed.scheme == "http" and parsed.host not in _LOCAL


def checked_token(token: str | None) -> str | None:
    """Return a token that a header can carry.

    Raises:
        Usage: it has characters that no token has.
    """
    if token and not re.fullmatch(r"[!-~]+", token):
        raise Usage("An access token has no spaces and no letters outside ASCII: look at it again.")
    return token or None


def keep_login(server: str, token: str | None) -> None:
    """Keep the server and its token where only this user can read them. Whatever dies, the file stays whole.

    Raises:
        Usage: the file can't be written.
    """
    login = _login()
    login["server"] = server
    login["tokens"].pop(server, None)
    if token:
        login["tokens"][server] = token
    path = login_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes it 0600.
        handle, name = tempfile.mkstemp(prefix=".login-", dir=path.parent)
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(login, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise Usage(f"{path} can't be written: {error.strerror}.") from error


def _login() -> dict[str, Any]:
    path = login_file()
    try:
        login = json.loads(path.read_bytes())
        if isinstance(login["server"], str) and isinstance(login["tokens"], dict):
            return {"server": login["server"], "tokens": dict(login["tokens"])}
    except FileNotFoundError:
        return {"tokens": {}}
    except OSError as error:
        raise Usage(f"{path} can't be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError):
        pass
    raise Usage(f"{path} is damaged: remove it, and run imghost login again.")


def _written() -> dict[str, Any]:
    path = config_file()
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Usage(f"{path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise Usage(f"{path} is not TOML: {error}.") from error
    for key, value in written.items():
        if key in {"token", "tokens"}:
            raise Usage(f"{path} must not have a token: imghost login keeps it in a file of its own.")
        if key not in _KEYS:
            raise Usage(f"{path} has the unknown setting {key}: there are {', '.join(_KEYS)}.")
        # To Python, true is a number too.
        if type(value) is not _KEYS[key]:
            raise Usage(f"{path}: {key} must be a {_NAMES[_KEYS[key]]}.")
    for key, allowed in (("expires", EXPIRIES), ("format", FORMATS)):
        if key in written and written[key] not in allowed:
            raise Usage(f"{path}: {key} must be one of {', '.join(allowed)}.")
    if not 1 <= written.get("jobs", JOBS) <= MOST_JOBS:
        raise Usage(f"{path}: jobs must be from 1 to {MOST_JOBS}.")
    return written


_NAMES: dict[type, str] = {str: "text in quotes", int: "number", bool: "true or false"}
