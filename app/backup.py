"""Backup and restore: every public picture to an archive and back, while the server runs (docs/backup.md)."""

import fcntl
import hashlib
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from app.archive import ArchiveRefused, Reader, Writer, spool
from app.contents import Block, Contents, Mark, Picture, Sheet
from app.embedded.disk import Disk
from app.errors import AlbumDeleted, AlbumMissing, Deleted, Refused, ServiceError, StoreUnavailable
from app.pictures import EXTENSIONS
from app.publisher import Publisher
from app.storage import Album, Storage, Upkeep, Upload, is_key, is_sha256
from config import Config

#: Pictures that are read from a store, or written to one, at the same time.
AT_ONCE: Final = 8
#: After so many pictures a backup looks for new deletes. Their marks last for a day.
DELETES_EVERY: Final = 1000
#: Seconds. What broke off longer ago begins anew: marks of deletes may have gone since.
RESUMABLE: Final = 12 * 60 * 60
#: Seconds between two tries of a call that the store did not answer.
WAITS: Final = (1, 2, 4, 8, 16)

Item = TypeVar("Item")
Result = TypeVar("Result")
#: Is told of each picture, by what became of it and its bytes, and of what a person must know, by a sentence.
Report = Callable[[str, int], None]
Say = Callable[[str], None]


class BackupFailed(Exception):
    """The backup can't be made here; the message says what to do."""


@contextmanager
def open_archive(path: Path, say: Say) -> Iterator[Writer]:
    """Write an archive to `path`, whole or not at all; go on with one that broke off.

    Until it is whole, it has `.part` behind its name.

    Raises:
        BackupFailed: there is a file already, or another backup writes it.
    """
    if path.exists():
        raise BackupFailed(f"{path} exists. Choose another name, or move it away.")
    part = path.with_name(f"{path.name}.part")
    # All links are in it, and nobody can guess those: it is for its owner alone.
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupFailed(f"Another backup is writing {part}.") from error
        contents = _read_part(file)
        if contents:
            say(f"Going on with {part}, which has {len(contents.pictures)} pictures.")
        file.truncate(file.seek(contents.end if contents else 0))
        yield Writer(file, contents)
        file.flush()
        os.fsync(file.fileno())
        part.replace(path)


def _read_part(file: BinaryIO) -> Contents | None:
    """Return the sound beginning of an archive that broke off lately; None if it must begin anew."""
    if time.time() - os.fstat(file.fileno()).st_mtime > RESUMABLE:
        return None
    reader = Reader(file)
    try:
        for entry in reader:
            if isinstance(entry, Picture | Sheet):
                reader.take(entry).close()
    except ArchiveRefused:
        pass  # Here it broke off.
    return reader.contents if reader.contents.end else None


class Backup:
    """Writes every public picture to an archive, but those that it has, every delete, the albums, and the block list.

    What is published meanwhile may be in it or not. What is deleted meanwhile has its mark behind it.
    """

    def __init__(self, upkeep: Upkeep, storage: Storage, writer: Writer, report: Report, say: Say) -> None:
        self._upkeep = upkeep
        self._blocklist, self._albums = storage.blocklist, storage.albums
        self._writer = writer
        self._report = report
        self._say = say
        self._left_out: set[str] = set()

    def run(self) -> None:
        """Write it to its end.

        Raises:
            StoreUnavailable: the store does not answer any more.
        """
        self._copy_blocks()  # First, so that a restore from a pipe knows them in time.
        self._mark_deletes()
        # The listing may break off as well: it begins anew then, and passes over what is written.
        _patiently(self._write_pictures)
        self._mark_deletes()
        self._copy_blocks()
        self._copy_albums()
        self._writer.close()

    def _mark_deletes(self) -> None:
        for key in _patiently(lambda: list(self._upkeep.list_deleted())):
            if key not in self._writer.contents.marks and is_key(key):
                self._writer.add_mark(key)

    def _copy_blocks(self) -> None:
        for sha256 in _patiently(lambda: [found.key for found in self._blocklist]):
            if sha256 not in self._writer.contents.blocks and is_sha256(sha256):
                self._writer.add_block(sha256)

    def _copy_albums(self) -> None:
        """Write each album as it is now; one that was deleted as no bytes, so that a restore does not bring it back."""
        for album_id in _patiently(lambda: [found.key for found in self._albums.list()]):
            if album_id not in self._writer.contents.albums:
                try:
                    data = _patiently(partial(self._albums.read, album_id))[0].to_json()
                except AlbumDeleted:
                    data = b""
                except AlbumMissing:
                    continue  # It has expired.
                self._writer.add_album(album_id, data)

    def _write_pictures(self) -> None:
        for number, read in enumerate(_at_once(self._read, self._new()), 1):
            if read is None:
                continue  # It was deleted since it was listed, or it has expired.
            upload, sha256, file = read
            with file:
                if upload.key.rpartition(".")[2] in EXTENSIONS.get(upload.content_type, ()):
                    self._writer.add_picture(upload, sha256, file)
                    self._report("saved", upload.size)
                else:
                    self._leave_out(upload.key)
            if number % DELETES_EVERY == 0:
                self._mark_deletes()

    def _new(self) -> Iterator[str]:
        """Yield the key of each public picture that is not written yet."""
        for found in self._upkeep.list_public():
            if not is_key(found.key) or not found.size:
                self._leave_out(found.key)
            elif found.key not in self._writer.contents.pictures:
                yield found.key

    def _leave_out(self, key: str) -> None:
        if key not in self._left_out:
            self._left_out.add(key)
            self._say(f"Left out, for it is no picture of this service: {key!a}")

    def _read(self, key: str) -> tuple[Upload, str, BinaryIO] | None:
        """Return a picture, its SHA-256 and a temporary file with its bytes; None if it is public no more."""

        def read() -> tuple[Upload, str, BinaryIO] | None:
            file = spool()
            with ExitStack() as failed:
                failed.enter_context(file)
                if upload := self._upkeep.fetch(key, file):
                    file.seek(0)
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
                    failed.pop_all()
                    return upload, sha256, file
            return None

        return _patiently(read)


class Restore:
    """Publishes what is in an archive, after the same look at its bytes as any upload gets."""

    def __init__(self, config: Config, storage: Storage, publisher: Publisher, disk: Disk, say: Say) -> None:
        self._max_bytes = config.max_upload_bytes
        self._storage = storage
        self._publisher = publisher
        self._disk = disk
        self._say = say

    def run(self, file: BinaryIO, report: Report) -> Counter[str]:
        """Publish every picture that is not public yet, neither deleted nor expired; return what became of them.

        A file is looked through before the first picture is written. A pipe can't be: there, a picture whose delete
        the backup saw late is public until its mark comes.

        Raises:
            ArchiveRefused: the archive is no backup of ours, is cut off, or was altered.
            KeyTaken: other bytes are public under the key of a picture.
            StoreFull, StoreUnavailable: the rest was not restored.
        """
        deleted: set[str] = set()
        if file.seekable():
            reader = Reader(file)
            for _ in reader:
                pass
            deleted = reader.contents.marks
            file.seek(0)
        for key in sorted(deleted):
            _patiently(partial(self._storage.delete, key))
        outcomes: Counter[str] = Counter()
        for outcome, size in _at_once(self._publish, self._read(Reader(file), deleted)):
            outcomes[outcome] += 1
            report(outcome, size)
        return outcomes

    def _read(self, reader: Reader, deleted: set[str]) -> Iterator[tuple[Upload, str | BinaryIO]]:
        """Yield each picture with its bytes, or with what became of it; delete what has a mark, block what was."""
        for entry in reader:
            if isinstance(entry, Block):
                _patiently(partial(self._storage.blocklist.add, entry.key))
            elif isinstance(entry, Sheet):
                with reader.take(entry) as file:
                    file.seek(0)
                    self._restore_album(entry.key, file.read())
            elif isinstance(entry, Mark):
                if entry.key not in deleted:
                    _patiently(partial(self._storage.delete, entry.key))
            elif entry.upload.key in deleted:
                yield entry.upload, "deleted"
            elif (expires_at := entry.upload.expires_at) and expires_at <= datetime.now(UTC):
                yield entry.upload, "expired"
            elif entry.upload.size > self._max_bytes:
                self._refuse(entry.upload, f"It has {entry.upload.size} bytes; at most {self._max_bytes} are accepted.")
                yield entry.upload, "refused"
            else:
                self._disk.check(entry.upload.size)
                yield entry.upload, reader.take(entry)

    def _restore_album(self, album_id: str, data: bytes) -> None:
        """Write an album where there is none; obey its delete."""
        if not data:
            _patiently(partial(self._storage.albums.delete, album_id))
            return
        try:
            album = Album.from_json(album_id, data)
        except ValueError as error:
            raise ArchiveRefused(f"'albums/{album_id}' in the archive is no album.") from error
        if not album.is_expired(datetime.now(UTC)):
            _patiently(partial(self._storage.albums.create, album))

    def _publish(self, read: tuple[Upload, str | BinaryIO]) -> tuple[str, int]:
        """Publish a picture, unless it is decided already; return what became of it, and its bytes."""
        upload, file = read
        if isinstance(file, str):
            return file, upload.size
        with file:
            try:
                new = _patiently(partial(self._publisher.restore, upload, file))
            except Deleted:
                return "deleted", upload.size
            except Refused as error:
                self._refuse(upload, error.detail)
                return "refused", upload.size
        return "restored" if new else "there", upload.size

    def _refuse(self, upload: Upload, why: str) -> None:
        self._say(f"Refused: {upload.key}. {why}")


def _patiently(call: Callable[[], Result]) -> Result:
    """Repeat a call that the store did not answer: it may be busy, or starting again."""
    for wait in WAITS:
        try:
            return call()
        except StoreUnavailable:
            time.sleep(wait)
    return call()


def _at_once(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield function(item) for each item, in order, AT_ONCE of them at a time.

    Where the items end with an error of ours, what was begun is yielded before it is raised.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[Future[Result]] = deque()
        broken: Exception | None = None
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) == AT_ONCE:
                    yield waiting.popleft().result()
        except (ArchiveRefused, ServiceError) as error:
            broken = error
        while waiting:
            yield waiting.popleft().result()
    if broken:
        raise broken
