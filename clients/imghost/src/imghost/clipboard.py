"""The clipboard, by the tools that the desktops have for it."""

import shutil
import subprocess
from contextlib import suppress
from functools import partial
from typing import BinaryIO, Final

from imghost.errors import Failure, Usage
from imghost.spool import filled

#: Types to ask for, the most exact first.
_TYPES: Final = ("image/png", "image/webp", "image/jpeg", "image/gif", "image/avif")
_READERS: Final = {
    "wl-paste": ["wl-paste", "--no-newline", "--type"],
    "xclip": ["xclip", "-selection", "clipboard", "-o", "-t"],
}
_LISTERS: Final = {
    "wl-paste": ["wl-paste", "--list-types"],
    "xclip": ["xclip", "-selection", "clipboard", "-o", "-t", "TARGETS"],
}
_WRITERS: Final = {
    "wl-copy": ["wl-copy"],
    "xclip": ["xclip", "-selection", "clipboard", "-i"],
    "pbcopy": ["pbcopy"],
}
#: Seconds: a program that owns the clipboard may hang.
_PATIENCE: Final = 20


def read(_limit: int) -> BinaryIO:
    """Return the picture in the clipboard as a file. Its size is compared later, as a file's is.

    Raises:
        Failure: there is none, or no tool to read it with.
    """
    tools = [tool for tool in (*_READERS, "pngpaste") if shutil.which(tool)]
    if not tools:
        raise Failure("Reading the clipboard needs wl-paste (Wayland), xclip (X11) or pngpaste (macOS): install one.")
    for tool in tools:
        if command := _command(tool):
            file = filled(partial(_run, command))
            if file.tell():
                return file
            file.close()
    raise Failure(f"There is no picture in the clipboard that {' or '.join(tools)} can read.")


def writers() -> list[str]:
    """Return the tools that write the clipboard.

    Raises:
        Usage: there is none.
    """
    tools = [tool for tool in _WRITERS if shutil.which(tool)]
    if not tools:
        raise Usage("--copy needs wl-copy (Wayland), xclip (X11) or pbcopy (macOS): install one.")
    return tools


def write(text: str) -> None:
    """Put text into the clipboard, with the first tool that does it.

    Raises:
        Failure: no tool does.
    """
    # xclip stays and serves the clipboard: it must not keep our own output open.
    quiet = subprocess.DEVNULL
    tools = writers()
    for tool in tools:
        with suppress(OSError, subprocess.SubprocessError):
            command = _WRITERS[tool]
            subprocess.run(command, input=text.encode(), stdout=quiet, stderr=quiet, check=True, timeout=_PATIENCE)
            return
    raise Failure(f"The links are not in the clipboard: {' and '.join(tools)} can't write it here.")


def _command(tool: str) -> list[str] | None:
    """Return the command that writes a picture of the clipboard to its output; None if there is no picture."""
    if tool == "pngpaste":
        return ["pngpaste", "-"]
    with filled(partial(_run, _LISTERS[tool])) as file:
        file.seek(0)
        offered = file.read(64 * 1024).decode(errors="replace").split()
    kind = next((kind for kind in _TYPES if kind in offered), None)
    return [*_READERS[tool], kind] if kind else None


def _run(command: list[str], output: BinaryIO) -> None:
    """Write what a command prints to a file; nothing if it fails."""
    quiet = subprocess.DEVNULL
    try:
        subprocess.run(command, stdin=quiet, stdout=output, stderr=quiet, check=True, timeout=_PATIENCE)
    except (OSError, subprocess.SubprocessError):
        output.truncate(0)
    output.seek(0, 2)
