"""The keys of an instance with the embedded store: made once, kept on the disk, refused if they are broken."""

import hmac
import json
import os
import secrets
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from forms import check_secret_key

#: SeaweedFS's volume and filer ports answer anyone unless each of these has a key.
_SECTIONS: Final = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")

Key = TypeVar("Key")


class KeyBroken(Exception):
    """A file does not hold the key it should hold; the message says what to do."""


def secret_key(instance: Path) -> str:
    """Return the key that signs the tokens of this instance.

    Raises:
        KeyBroken: the key in its file is too short to sign with.
    """

    def read(text: str) -> str:
        check_secret_key(text.strip())
        return text.strip()

    return _keep(
        instance / "secret_key",
        secrets.token_urlsafe(48),
        read,
        "Put it back from a backup. Without one, delete the file: a new key is made, and delete links of the old one"
        " are worthless.",
    )


def add_secret_key(instance: Path, key: str) -> bool:
    """Let tokens that another key signed be valid here too; return whether they were not before.

    The instance's own key goes on signing, so nothing that exists becomes invalid.

    Raises:
        KeyBroken: the key that is there is broken.
    """
    present = secret_key(instance).split(",")
    new = [each for each in key.split(",") if each.strip() not in map(str.strip, present)]
    if new:
        write(instance / "secret_key", ",".join([*present, *new]))
    return bool(new)


def credentials(home: Path) -> tuple[str, str]:
    """Return the store's access key and secret, from the settings that SeaweedFS itself reads.

    Raises:
        KeyBroken: one of its files is not as a start makes it.
    """
    harmless = "Delete the file: the next start makes a new one, and no picture and no link is lost."
    _keep(
        home / "security.toml",
        "".join(f'[{section}]\nkey = "{secrets.token_urlsafe(32)}"\n\n' for section in _SECTIONS),
        _check_security,
        harmless,
    )
    identity = {
        "name": "image-host",
        "credentials": [{"accessKey": secrets.token_hex(10), "secretKey": secrets.token_urlsafe(30)}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    return _keep(home / "s3.json", json.dumps({"identities": [identity]}), _read_identity, harmless)


def derive(key: str, purpose: str) -> str:
    """Return a secret that gives nothing away of `key`, the same each time."""
    return hmac.digest(key.encode(), purpose.encode(), "sha256").hex()


def _check_security(text: str) -> None:
    settings = tomllib.loads(text)
    for section in _SECTIONS:
        found = settings
        for name in section.split("."):
            found = found[name]
        check_secret_key(found["key"])


def _read_identity(text: str) -> tuple[str, str]:
    pair = json.loads(text)["identities"][0]["credentials"][0]
    check_secret_key(pair["secretKey"])
    if not pair["accessKey"]:
        raise ValueError("The accessKey is empty.")
    return pair["accessKey"], pair["secretKey"]


def _keep(path: Path, new: str, read: Callable[[str], Key], mend: str) -> Key:
    """Return what `read` finds in the file at `path`; if there is none, first write `new` to it, for its owner alone.

    Raises:
        KeyBroken: `read` finds no key there; `mend` says what to do.
    """
    if not path.exists():
        write(path, new)
    try:
        return read(path.read_text())
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise KeyBroken(f"{path} is broken ({error}). {mend}") from error


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, even if the power fails."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
