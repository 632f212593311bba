"""What outlives a run: the history, and what an interrupted run has done already.

An upload is written down before its bytes are sent, and its link as soon as it is known. A run that ends with a link
for everything it was asked for forgets its uploads, so that asking again uploads again. A run that is killed leaves
them. The next run takes over those of the same bytes, name, expiry and server, completes what was sent, and sends the
rest.

SQLite keeps the file whole whatever is killed, and lets runs at the same time take turns.
"""

import json
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from imghost.errors import Failure
from imghost.wire import Album, Picture, key_of

#: What nobody has gone on with for so many days is forgotten.
DAYS: Final = 7
#: Seconds that a run waits for its turn.
_PATIENCE: Final = 60

_ON_DISK: Final = "PRAGMA synchronous = FULL"
_SOON: Final = "PRAGMA synchronous = NORMAL"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS uploads (
    upload_token TEXT PRIMARY KEY, run TEXT NOT NULL, server TEXT NOT NULL, digest TEXT NOT NULL, name TEXT NOT NULL,
    expires TEXT NOT NULL, made REAL NOT NULL, answer TEXT
);
CREATE INDEX IF NOT EXISTS uploads_by_digest ON uploads (digest);
CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY, made REAL NOT NULL, server TEXT NOT NULL, view_url TEXT NOT NULL UNIQUE,
    answer TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS albums (
    digest TEXT PRIMARY KEY, made REAL NOT NULL, server TEXT NOT NULL, url TEXT NOT NULL, edit_token TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Key:
    """What makes two uploads the same."""

    server: str
    digest: str
    name: str
    expires: str


@dataclass(frozen=True)
class Begun:
    """An upload that an earlier run began; `picture` is None where the link is not known yet."""

    upload_token: str
    picture: Picture | None


@dataclass(frozen=True)
class Entry:
    """A published picture of this computer."""

    made: float
    server: str
    picture: Picture


class Journal:
    """The file of one user. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        path = folder / "state.sqlite3"
        try:
            # Delete tokens are in it.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._base = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode = WAL")
            # A commit is on the disk, and costs one fsync.
            self._base.execute(_ON_DISK)
            self._base.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise Failure(f"{path} can't be opened: {error}. imghost keeps its history there.") from error

    @contextmanager
    def run(self) -> Iterator["Run"]:
        """Begin a run. It is alive until this ends, or until the process does, however that dies."""
        name = uuid.uuid4().hex
        path = self._folder / f"run-{name}"
        # The system frees a lock when its process ends, which a number of a process or a time can't say for sure.
        alive = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            alive.execute("PRAGMA journal_mode = OFF")
            alive.execute("BEGIN EXCLUSIVE")
            yield Run(self, name, self._dead())
        finally:
            alive.close()
            path.unlink(missing_ok=True)

    def execute(self, statement: str, *values: Any) -> list[Any]:
        """Execute one statement, which is a transaction of its own; return its rows."""
        with self._lock:
            try:
                return self._base.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise Failure(f"{self._folder / 'state.sqlite3'} can't be used: {error}.") from error

    @contextmanager
    def transaction(self, level: str = _ON_DISK) -> Iterator[sqlite3.Connection]:
        """Keep all of what is done inside, or nothing."""
        with self._lock:
            try:
                self._base.execute(level)
                self._base.execute("BEGIN IMMEDIATE")
                try:
                    with self._base:
                        yield self._base
                finally:
                    self._base.execute(_ON_DISK)
            except sqlite3.Error as error:
                raise Failure(f"{self._folder / 'state.sqlite3'} can't be used: {error}.") from error

    def history(self) -> list[Entry]:
        """Return what was published from here, newest first."""
        rows = self.execute("SELECT made, server, answer FROM history ORDER BY id DESC")
        return [Entry(made, server, Picture.of(json.loads(answer))) for made, server, answer in rows]

    def find(self, link: str) -> Entry | None:
        """Return the picture that has this link, or whose page has it."""
        rows = self.execute(
            "SELECT made, server, answer FROM history WHERE view_url = ? OR view_url LIKE '%/' || ?", link, key_of(link)
        )
        return Entry(rows[0][0], rows[0][1], Picture.of(json.loads(rows[0][2]))) if rows else None

    def forget(self, entry: Entry) -> None:
        """Forget what was deleted."""
        answer = json.dumps(entry.picture.as_json())
        with self.transaction() as base:
            base.execute("DELETE FROM history WHERE view_url = ?", (entry.picture.view_url,))
            base.execute("DELETE FROM uploads WHERE answer = ?", (answer,))

    def keep_album(self, digest: str, server: str, album: Album) -> None:
        """Keep an album, with the digest of all that it was made of."""
        self.execute(
            "INSERT OR REPLACE INTO albums VALUES (?, ?, ?, ?, ?)",
            digest,
            time.time(),
            server,
            album.url,
            album.edit_token,
        )

    def find_made(self, digest: str) -> Album | None:
        """Return the album that was made of the same."""
        rows = self.execute("SELECT url, edit_token FROM albums WHERE digest = ?", digest)
        return Album(*rows[0]) if rows else None

    def find_album(self, link: str) -> tuple[str, Album] | None:
        """Return the album that has this link, and its server."""
        rows = self.execute("SELECT server, url, edit_token FROM albums WHERE url = ?", link)
        return (rows[0][0], Album(*rows[0][1:])) if rows else None

    def forget_album(self, link: str) -> None:
        """Forget an album that was deleted."""
        self.execute("DELETE FROM albums WHERE url = ?", link)

    def _dead(self) -> list[str]:
        """Return the runs that ended and left something, and remove their locks. Forget what is too old."""
        oldest = time.time() - DAYS * 24 * 60 * 60
        self.execute("DELETE FROM uploads WHERE made < ?", oldest)
        for path in self._folder.glob("run-*"):
            with suppress(OSError):
                if path.stat().st_mtime < oldest and not _is_locked(path):
                    path.unlink()
        rows = self.execute("SELECT DISTINCT run FROM uploads")
        dead = [run for (run,) in rows if not _is_locked(self._folder / f"run-{run}")]
        for run in dead:
            # Who has written an upload down had locked its file before, so this is none that is about to be locked.
            (self._folder / f"run-{run}").unlink(missing_ok=True)
        return dead


class Run:
    """One run's view of the journal. Thread-safe."""

    def __init__(self, journal: Journal, name: str, dead: list[str]) -> None:
        self._journal = journal
        self._name = name
        self._dead = json.dumps(dead)

    def take_over(self, key: Key) -> Begun | None:
        """Return an upload of the same that a dead run left, and own it from now on. Each is given out once."""
        rows = (
            self._journal.execute(
                "UPDATE uploads SET run = ? WHERE upload_token = (SELECT upload_token FROM uploads"
                " WHERE server = ? AND digest = ? AND name = ? AND expires = ?"
                " AND run IN (SELECT value FROM json_each(?)) ORDER BY answer IS NULL, made LIMIT 1)"
                " RETURNING upload_token, answer",
                self._name,
                key.server,
                key.digest,
                key.name,
                key.expires,
                self._dead,
            )
            if self._dead != "[]"
            else []
        )
        if not rows:
            return None
        token, answer = rows[0]
        return Begun(token, Picture.of(json.loads(answer)) if answer else None)

    def begin(self, key: Key, upload_token: str) -> None:
        """Write an upload down, before its bytes are sent."""
        self._journal.execute(
            "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            upload_token,
            self._name,
            key.server,
            key.digest,
            key.name,
            key.expires,
            time.time(),
        )

    def drop(self, upload_token: str) -> None:
        """Forget an upload that will never have a link."""
        self._journal.execute("DELETE FROM uploads WHERE upload_token = ?", upload_token)

    def publish(self, server: str, upload_token: str, picture: Picture) -> None:
        """Write the link down, for this run and for the history.

        It may reach the disk with the next commit: after a power cut before that, the upload token finds it again.
        """
        answer = json.dumps(picture.as_json())
        with self._journal.transaction(level=_SOON) as base:
            base.execute("UPDATE uploads SET answer = ? WHERE upload_token = ?", (answer, upload_token))
            base.execute(
                "INSERT OR IGNORE INTO history (made, server, view_url, answer) VALUES (?, ?, ?, ?)",
                (time.time(), server, picture.view_url, answer),
            )

    def finish(self) -> None:
        """Forget this run's uploads: all its links were handed out."""
        self._journal.execute("DELETE FROM uploads WHERE run = ?", self._name)


def _is_locked(path: Path) -> bool:
    """Say whether a living run holds this file. Asking does not keep others from asking at the same time."""
    if not path.exists():
        return False
    try:
        base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
        try:
            base.execute("SELECT count(*) FROM sqlite_master")
        finally:
            base.close()
    except sqlite3.Error:
        return True
    return False
