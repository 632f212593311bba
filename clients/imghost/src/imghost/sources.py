"""What the command line names, as files that can be read: paths, folders, patterns, URLs, standard input, clipboard."""

import glob
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final
from urllib.parse import unquote, urlsplit

import urllib3

from imghost import clipboard, fetch, text
from imghost.errors import Failure, Usage
from imghost.pictures import HEAD, sniff
from imghost.spool import filled

_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_MAGIC: Final = re.compile(r"[*?[]")


@dataclass(frozen=True)
class Source:
    """One picture to be uploaded. `open` takes the largest number of bytes, and returns a file with a descriptor."""

    label: str
    name: str | None
    open: Callable[[int], BinaryIO]


def of_arguments(arguments: Iterable[str], http: urllib3.PoolManager) -> tuple[list[Source], int]:
    """Return what the arguments name, in their order, and how many files in folders are no pictures.

    Raises:
        Usage: one names nothing.
    """
    found: list[Source] = []
    skipped = 0
    for argument in arguments:
        if argument == "-":
            if any(source.label == "-" for source in found):
                raise Usage("- is standard input, and can be read once only.")
            found.append(Source("-", None, lambda limit: spooled(sys.stdin.buffer, limit)))
        elif _URL.match(argument):
            found.append(_from_url(argument, http))
        else:
            for path in _paths(argument):
                if path.is_dir():
                    pictures, others = _in_folder(path)
                    found += map(of_path, pictures)
                    skipped += others
                else:
                    found.append(of_path(path))
    return found, skipped


def of_clipboard() -> Source:
    """Return the picture in the clipboard."""
    return Source("the clipboard", None, clipboard.read)


def of_path(path: Path) -> Source:
    """Return the picture in a file."""
    # The bytes of a name need not be UTF-8; what the server gets must be.
    name = path.name.encode(errors="replace").decode()
    return Source(str(path), name, lambda limit: _open(path, limit))


def spooled(stream: BinaryIO, limit: int) -> BinaryIO:
    """Read a stream into a file of its own; stop one byte behind the limit, which is then found to be exceeded."""

    def write(file: BinaryIO) -> None:
        left = limit + 1
        while left and (data := stream.read(min(left, 1024 * 1024))):
            file.write(data)
            left -= len(data)

    return filled(write)


def _open(path: Path, limit: int) -> BinaryIO:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Failure(f"It can't be read: {error.strerror}.") from error
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    # A pipe, such as bash makes of <(…).
    with file:
        return spooled(file, limit)


def _from_url(url: str, http: urllib3.PoolManager) -> Source:
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return Source(url, name or None, lambda limit: fetch.download(url, limit, http))


def _paths(argument: str) -> list[Path]:
    """Return the files that an argument names: itself, or, where no shell has done so, what matches it as a pattern."""
    path = Path(argument)
    try:
        path.stat()
    except FileNotFoundError:
        matches = _matches(argument) if _MAGIC.search(argument) else []
        if not matches:
            raise Usage(f"There is no file {text.plain(argument)}.") from None
        return matches
    except (OSError, ValueError) as error:
        raise Usage(f"{text.plain(argument)} can't be read: {getattr(error, 'strerror', None) or error}.") from error
    return [path]


def _matches(pattern: str) -> list[Path]:
    """Return what matches, each file once: a ** follows links, which may lead in circles."""
    found: dict[Path, Path] = {}
    # pathlib's own glob takes hidden files too, which no shell does.
    for match in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207
        path = Path(match)
        found.setdefault(path.resolve(), path)
    return list(found.values())


def _in_folder(folder: Path) -> tuple[list[Path], int]:
    """Return the pictures in a folder and in those below it, and how many other files there are."""
    files = list(_files(folder))
    pictures = [path for path in files if _is_picture(path)]
    if not pictures:
        raise Usage(f"There are no pictures in the folder {text.plain(str(folder))}.")
    return pictures, len(files) - len(pictures)


def _files(folder: Path) -> Iterator[Path]:
    """Yield files by name, folders after them; nothing hidden, and no folder by a link: that could lead in circles."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise Usage(f"The folder {text.plain(str(folder))} can't be read: {error.strerror}.") from error
    seen = [entry for entry in entries if not entry.name.startswith(".")]
    yield from (Path(entry.path) for entry in seen if entry.is_file())
    for entry in seen:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))


def _is_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return sniff(file.read(HEAD)) is not None
    except OSError:
        # Its upload says why it can't be read.
        return True
