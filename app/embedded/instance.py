"""The form of what lies in an instance's folder, which a mark in it names."""

import logging
from pathlib import Path
from typing import Final

from app.embedded import keys

#: Whoever changes what lies there raises this, and makes `prepare` turn the form before into the new one.
FORM: Final = 1

_log = logging.getLogger(__name__)


class InstanceRefused(Exception):
    """The folder is of a version that this one does not know; the message says what to do."""


def prepare(instance: Path) -> None:
    """Mark the folder with the form that this version writes, and say what an upgrade did.

    Raises:
        InstanceRefused: a newer version wrote it.
    """
    mark = instance / "version"
    text = mark.read_text().strip() if mark.exists() else "0"
    if not text.isdecimal() or int(text) > FORM:
        raise InstanceRefused(
            f"{mark} says {text[:20]!a}, and this version knows forms up to {FORM}: a newer one was here. Install that"
            " one again, or set INSTANCE_PATH to an empty folder and restore a backup there."
        )
    if int(text) < FORM:
        if (instance / "seaweedfs").exists():
            _log.warning(
                "%s: marked as form %d. Nothing else had to change; all pictures and keys stay.", instance, FORM
            )
        keys.write(mark, f"{FORM}\n")
