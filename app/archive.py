"""The form of a backup: a tar that is written and read as a stream (docs/adr/0012-archive.md).

    image-host.json           {"format": 1, "version": …, "made": …}
    uploads/<key>             a picture; the time is that of `Upload.created`, the PAX header has the rest
    incoming/deleted/<key>    empty: somebody deleted this picture
    blocked/<sha256>          empty: nobody may publish these bytes
    albums/<id>               an album, as the store keeps it; empty: somebody deleted it
    end.json                  {"pictures": …, "deleted": …, "blocked": …, "albums": …}

An archive is input: all but this form is refused, with a sentence that names the entry. So the reader is our own, and
knows nothing of links, folders, sparse files or numbers that are negative.
"""

import hashlib
import io
import json
import re
import shutil
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, NoReturn, cast

from app.contents import Block, Contents, Entry, Mark, Picture, Sheet, key_of
from app.pictures import EXTENSIONS
from app.storage import Upload, is_album, is_key, is_sha256, safe_filename
from config import VERSION

FORMAT: Final = 1
#: Bytes of a picture that are held in memory; a larger one lies in a temporary file.
IN_MEMORY: Final = 1024**2
_CHUNK: Final = 256 * 1024
#: The most bytes of a PAX header, and of an entry that is no picture.
_SMALL: Final = 16 * 1024
#: Seconds since the epoch; no picture has a time as late as this.
_LATEST: Final = 2**35
_BEGIN: Final = "image-host.json"
_END: Final = "end.json"
_PICTURE: Final = "uploads/"
_MARK: Final = "incoming/deleted/"
_BLOCK: Final = "blocked/"
_ALBUM: Final = "albums/"
#: The most bytes of an album: 500 pictures with the longest names and captions take less than 2 MB.
_LARGEST_ALBUM: Final = 4 * 1024**2
# Programs that know these restore them as extended attributes of a file; the others say nothing.
_TYPE: Final = "SCHILY.xattr.user.mime_type"
_FILENAME: Final = "SCHILY.xattr.user.filename"
_SHA256: Final = "SCHILY.xattr.user.sha256"
_RECORD: Final = re.compile(rb"([1-9][0-9]{0,4}) ([^=\n]+)=")


class ArchiveRefused(Exception):
    """What was read is no backup of ours, is cut off, or was altered; the message names the entry."""


def spool() -> BinaryIO:
    """Make a temporary file, which stays in memory while it is small."""
    return cast(BinaryIO, SpooledTemporaryFile(IN_MEMORY))


class Writer:
    """Writes an archive to `file`; or goes on with one, which stands there and has `contents`."""

    def __init__(self, file: BinaryIO, contents: Contents | None = None) -> None:
        self.contents = contents or Contents()
        self._file = file
        if contents is None:
            self._add_json(_BEGIN, {"format": FORMAT, "version": VERSION, "made": datetime.now(UTC).isoformat()})

    def add_picture(self, upload: Upload, sha256: str, file: BinaryIO) -> None:
        """Add a picture, all of which is in `file`."""
        headers = {_TYPE: upload.content_type, _FILENAME: upload.filename, _SHA256: sha256}
        file.seek(0)
        self._add(_PICTURE + upload.key, upload.size, file, upload.created, headers)
        self.contents.pictures.add(upload.key)

    def add_mark(self, key: str) -> None:
        """Add the mark of a delete."""
        self._add(_MARK + key, 0, io.BytesIO(), _now())
        self.contents.marks.add(key)

    def add_block(self, sha256: str) -> None:
        """Add blocked bytes."""
        self._add(_BLOCK + sha256, 0, io.BytesIO(), _now())
        self.contents.blocks.add(sha256)

    def add_album(self, album_id: str, data: bytes) -> None:
        """Add an album, as the store keeps it; no bytes are one that was deleted."""
        headers = {_SHA256: hashlib.sha256(data).hexdigest()}
        self._add(_ALBUM + album_id, len(data), io.BytesIO(data), _now(), headers)
        self.contents.albums.add(album_id)

    def close(self) -> None:
        """Add the last entry. Without it, an archive counts as cut off."""
        self._add_json(_END, self.contents.numbers)
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))  # The end of any tar.
        self._file.flush()

    def _add_json(self, name: str, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self._add(name, len(data), io.BytesIO(data), _now())

    def _add(self, name: str, size: int, file: BinaryIO, time: int, headers: dict[str, str] | None = None) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode, entry.pax_headers = size, time, 0o600, headers or {}
        self._file.write(entry.tobuf(tarfile.PAX_FORMAT))
        shutil.copyfileobj(file, self._file, _CHUNK)
        self._file.write(bytes(-size % tarfile.BLOCKSIZE))


class Reader:
    """Reads an archive from a file or a pipe, entry by entry; `contents` is what it has read so far.

    All of its methods raise ArchiveRefused.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.contents = Contents()
        self._file = file
        self._place = 0
        self._name = "its beginning"
        #: Bytes of the current entry that nobody has read, and those that fill its last block up.
        self._left = self._fill = 0

    def __iter__(self) -> Iterator[Entry]:
        """Yield each entry of a picture, a delete, blocked bytes or an album, up to the end of the archive."""
        self._begin()
        while (entry := self._next()) is not None:
            keys, key = self.contents.keys_of(entry), key_of(entry)
            if key in keys:
                self._refuse("is in it twice")
            yield entry
            self._skip()
            keys.add(key)
            self.contents.end = self._place

    def take(self, entry: Picture | Sheet) -> BinaryIO:
        """Return a temporary file with the bytes of the picture or album that was yielded last."""
        file, digest = spool(), hashlib.sha256()
        try:
            while chunk := self._read(min(self._left, _CHUNK)):
                self._left -= len(chunk)
                digest.update(chunk)
                file.write(chunk)
            if digest.hexdigest() != entry.sha256:
                self._refuse("was altered: its SHA-256 is another")
        except ArchiveRefused:
            file.close()
            raise
        return file

    def _begin(self) -> None:
        try:
            header, _ = self._header()
        except ArchiveRefused as error:
            raise ArchiveRefused("This is no backup of an image host. (A compressed one must be unpacked.)") from error
        if header.name != _BEGIN:
            raise ArchiveRefused(f"This is no backup of an image host: it begins with {header.name!a}.")
        made = self._json(header.size)
        if made.get("format") != FORMAT:
            raise ArchiveRefused(
                f"The backup has format {made.get('format')}, made by version {made.get('version')}. This version reads"
                f" format {FORMAT}."
            )
        self._skip()
        self.contents.end = self._place

    def _next(self) -> Entry | None:
        """Return the next entry; None at the end of the archive."""
        header, records = self._header()
        if header.name == _END:
            if self._json(header.size) != self.contents.numbers:
                self._refuse("counts other entries than there are: some were taken out or put in")
            return None
        place, _, key = header.name.partition("/")
        if place == "uploads" and is_key(key):
            return self._picture(key, header, records)
        if place == "albums" and is_album(key) and header.size <= _LARGEST_ALBUM and records.keys() == {_SHA256}:
            return Sheet(key, header.size, records[_SHA256])
        is_block, mark = place == "blocked" and is_sha256(key), header.name.removeprefix(_MARK)
        if header.size or records or not (is_block or (mark != header.name and is_key(mark))):
            self._refuse("is neither a picture, a delete, blocked bytes nor an album")
        return Block(key) if is_block else Mark(mark)

    def _picture(self, key: str, header: tarfile.TarInfo, records: dict[str, str]) -> Picture:
        if records.keys() != {_TYPE, _FILENAME, _SHA256}:
            self._refuse("lacks its type, its file name or its SHA-256, or says more")
        kind = records[_TYPE]
        if kind not in EXTENSIONS or key.rpartition(".")[2] not in EXTENSIONS[kind]:
            self._refuse(f"has the type {kind!a}, which is not that of its name")
        filename = safe_filename(records[_FILENAME], kind)
        return Picture(Upload(key, filename, kind, header.size, int(header.mtime)), records[_SHA256])

    def _header(self) -> tuple[tarfile.TarInfo, dict[str, str]]:
        """Return the header of the next entry, and what its PAX header says."""
        header = self._block()
        records: dict[str, str] = {}
        if header.type == tarfile.XHDTYPE:
            if header.size > _SMALL:
                self._refuse("has a PAX header that is too long, behind it")
            self._start(header.size)
            records = self._records(self._read(header.size))
            self._left = 0
            self._skip()
            header = self._block()
        self._name = header.name
        if header.type != tarfile.REGTYPE or header.linkname:
            self._refuse("is no file")
        self._start(header.size)
        return header, records

    def _block(self) -> tarfile.TarInfo:
        try:
            header = tarfile.TarInfo.frombuf(self._read(tarfile.BLOCKSIZE), "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise ArchiveRefused(f"The archive is cut off or damaged behind {self._name!a}.") from error
        if header.size < 0 or not 0 <= header.mtime < _LATEST:
            self._refuse("is followed by an entry whose size or time can't be")
        return header

    def _records(self, data: bytes) -> dict[str, str]:
        """Read a PAX header, lines of `<length> <keyword>=<value>` (POSIX, pax, "pax Extended Header")."""
        records: dict[str, str] = {}
        while data:
            match = _RECORD.match(data)
            length = int(match[1]) if match else 0
            if not match or not match.end() < length <= len(data) or data[length - 1 : length] != b"\n":
                self._refuse("has a broken PAX header behind it")
            try:
                records[match[2].decode()] = data[match.end() : length - 1].decode()
            except UnicodeDecodeError:
                self._refuse("has a broken PAX header behind it")
            data = data[length:]
        return records

    def _json(self, size: int) -> dict[str, Any]:
        if size > _SMALL:
            self._refuse("is too long")
        data = self._read(size)
        self._left = 0
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            self._refuse("is broken")
        return value

    def _start(self, size: int) -> None:
        self._left, self._fill = size, -size % tarfile.BLOCKSIZE

    def _skip(self) -> None:
        """Pass over what is left of the current entry."""
        rest = self._left + self._fill
        self._left = self._fill = 0
        if self._file.seekable():
            self._file.seek(rest, io.SEEK_CUR)
            self._place += rest
        else:
            while rest:
                rest -= len(self._read(min(rest, _CHUNK)))

    def _read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._place += len(data)
        if len(data) < size:
            raise ArchiveRefused(f"The archive is cut off in or behind {self._name!a}.")
        return data

    def _refuse(self, why: str) -> NoReturn:
        raise ArchiveRefused(f"{self._name!a} in the archive {why}.")


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
