"""A long, hostile run, which is no test of pytest's: `python -m tests.rigs.soak [SECONDS]`, or `make soak SECONDS=600`.

Fifty clients upload, complete, repeat and delete at random, and make, edit and delete albums, as good clients would:
they obey Retry-After and repeat calls that failed. Meanwhile a proxy breaks the way to the store in every way that
tests/rigs/faults.py knows, and workers, gunicorn's master and SeaweedFS are killed (-9). When everything works again,
all that the clients were told must be true. Then thousands of pictures are deleted while they are completed, and none
may come back. What SeaweedFS has acknowledged is at least in the page cache, which survives a kill: this run tries no
power cut. Before all that, it fills a small disk, if it may mount one.
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from unittest import mock
from urllib.parse import urlsplit

import requests

from app import embedded, pictures
from app.errors import NotAnImage, StoreUnavailable
from app.storage import Storage, Upkeep
from app.tokens import Tokens
from config import Config
from tests.conftest import free_port, picture
from tests.contract.conftest import User, bucket
from tests.rigs.faults import FAULTS, Fault, Proxy, late, slow
from tests.rigs.server import Server, answers, until

CLIENTS: Final = 50
#: How many pictures the uploader deletes while they are completed; the operator deletes as many.
RACES: Final = 2_000
#: Seconds within which a picture's delete and its eight completes begin.
WITHIN: Final = 0.006
#: Seconds after which the API asks clients to repeat a call that it answered 503.
RETRY_AFTER: Final = 5
RACED: Final = (
    "races: deleted by uploader",
    "races: deleted by operator",
    "races: links handed out before",
    "races: back, until storage expire",
    "races: CAME BACK",
)
SECRET: Final = "a secret of the tests and long enough"
PNG: Final = picture("image/png")
#: The first bytes of an upload that claims to be a PNG.
HEADS: Final = {"png": PNG, "page": b"<!doctype html><script>alert(1)</script>", "gif": picture("image/gif")}
KINDS: Final[dict[str, Fault]] = {**FAULTS, "slow": slow(2), "too slow": slow(5), "late": late}
#: The calls that the API makes to the store.
PATTERNS: Final = [
    "",
    "^GET /images/incoming/",
    "^PUT /images/uploads/",
    "^HEAD /images/uploads/",
    "^HEAD /images/incoming/deleted/",
    "^DELETE /images/incoming/",
    "^PUT /images/incoming/",
    "^DELETE /images/uploads/",
    "^PUT /images/albums/",
    "^GET /images/albums/",
]
#: Statuses that are final and give a reason.
REASONS: Final = (403, 404, 409, 410, 422)


@dataclass
class Attempt:
    """One upload, and what its client knows of it. `data` makes its bytes each time."""

    head: str
    seed: int
    upload: dict[str, Any]
    put: bool = False
    asked: bool = False
    result: dict[str, Any] | None = None
    reason: str | None = None
    delete: bool = False
    deleted: bool = False

    @property
    def data(self) -> bytes:
        return content(self.head, self.seed)


def content(head: str, seed: int) -> bytes:
    source = random.Random(seed)
    return HEADS[head] + source.randbytes(source.randrange(10, 60_000))


@dataclass
class Bound:
    """An album, and what its only editor knows of it. `edit` is a call that was sent, and has no answer yet."""

    album: dict[str, Any]
    edit: dict[str, Any] | None = None
    delete: bool = False
    deleted: bool = False

    @property
    def path(self) -> str:
        return f"/albums/{self.album['albumId']}"


@dataclass
class Record:
    """What happened during the run."""

    attempts: list[Attempt] = field(default_factory=list)
    albums: list[Bound] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class RunIsOver(Exception):
    """The run is over; the reckoning finishes what the client was doing."""


class Api(Protocol):
    """What a client uploads to: one server, or several behind one address."""

    @property
    def url(self) -> str: ...

    def post(self, path: str, json: dict[str, Any]) -> Any: ...


class Client:
    """A client that uploads and is patient."""

    def __init__(self, server: Api, record: Record, over: threading.Event, seed: int) -> None:
        self.server = server
        self.user = User(server.post)
        self.record = record
        self.over = over
        self.random = random.Random(seed)

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self.once()
            except RunIsOver:
                return

    def once(self) -> Attempt:
        """Upload a picture, and whatever else comes into this client's mind."""
        head = self.random.choices(list(HEADS), [18, 1, 1])[0]
        seed = self.random.getrandbits(64)
        data = content(head, seed)
        self.record.counts["uploads tried"] += 1
        answer = self.ask(
            "/uploads/init",
            {"contentType": "image/png", "size": len(data), **self.random.choice([{}, {"expiresIn": "7d"}])},
        )
        attempt = Attempt(head, seed, answer.json)
        self.record.attempts.append(attempt)
        self.put(attempt, data)
        if self.random.random() < 0.05:
            return attempt  # As if somebody had closed the page.
        if self.random.random() < 0.05:
            self.hang_up(attempt)
            return attempt
        self.complete(attempt)
        if attempt.result and self.random.random() < 0.2:
            self.replay(attempt, data)
        if attempt.result and self.random.random() < 0.3:
            self.delete(attempt)
            if self.random.random() < 0.3:
                self.replay(attempt, data)
        return attempt

    def put(self, attempt: Attempt, data: bytes) -> None:
        while not attempt.put:
            try:
                answer = self.user.put(attempt.upload, data)
            except requests.RequestException:
                self.wait_to_repeat(1)
                continue
            if answer.status_code in (200, 412):
                attempt.put = True
            elif answer.status_code == 403:
                found = re.search("<Code>(.*)</Code><Message>(.*)</Message>", answer.text)
                attempt.reason = f"PUT: {' '.join(found.groups()) if found else 403}"
                return
            else:
                self.wait_to_repeat(1)

    def complete(self, attempt: Attempt) -> None:
        attempt.asked = True
        while not attempt.reason:
            answer = self.ask("/uploads/complete", {"uploadToken": attempt.upload["uploadToken"]})
            if answer.status_code in (200, 201):
                if attempt.result not in (None, answer.json):
                    self.record.wrong.append(f"{attempt.upload['uploadId']}: a repeat answered otherwise")
                attempt.result = answer.json
                return
            # A discard that was cut off leaves its mark for a day: what was no picture stays missing, and takes no PUT.
            if answer.json["code"] == "upload_missing" and attempt.head == "png":
                # The store has just started.
                attempt.put = False
                self.wait_to_repeat(1)
                self.put(attempt, attempt.data)
                continue
            attempt.reason = answer.json["code"]

    def hang_up(self, attempt: Attempt) -> None:
        """Complete, and hang up before the answer; the reckoning completes again."""
        attempt.asked = True
        body = {"uploadToken": attempt.upload["uploadToken"]}
        with suppress(requests.RequestException):
            requests.post(f"{self.server.url}/uploads/complete", json=body, timeout=self.random.uniform(0.001, 0.1))

    def replay(self, attempt: Attempt, data: bytes) -> None:
        """Try to change what is published, by a second PUT and a second complete."""
        try:
            if self.user.put(attempt.upload, data[::-1]).status_code == 200:
                self.record.wrong.append(f"{attempt.upload['uploadId']}: a second PUT was taken")
        except requests.RequestException:
            pass
        answer = self.ask("/uploads/complete", {"uploadToken": attempt.upload["uploadToken"]})
        expected = (410,) if attempt.deleted else (200,)
        if answer.status_code not in expected or (not attempt.deleted and answer.json != attempt.result):
            self.record.wrong.append(f"{attempt.upload['uploadId']}: a repeat was answered {answer.status_code}")

    def delete(self, attempt: Attempt) -> None:
        attempt.delete = True
        answer = self.ask("/uploads/delete", {"deleteToken": attempt.result["deleteToken"]})
        attempt.deleted = answer.status_code == 204

    def ask(self, path: str, body: dict[str, Any], method: str = "POST") -> Any:
        """Repeat a call until its answer is final."""
        while True:
            try:
                answer = self.send(method, path, body)
            except requests.RequestException:
                self.wait_to_repeat(0.5)
                continue
            if answer.status_code == 503:
                # A fault that looks like a wrong setting, such as a 403, says no time.
                self.wait_to_repeat(int(answer.headers.get("Retry-After", RETRY_AFTER)))
            elif answer.status_code in (200, 201, 204, *REASONS):
                return answer
            else:
                self.record.wrong.append(f"{path} was answered {answer.status_code}: {answer.text[:200]}")
                self.wait_to_repeat(1)

    def send(self, _method: str, path: str, body: dict[str, Any]) -> Any:
        """Make one call."""
        return self.user.post(path, json=body)

    def wait_to_repeat(self, seconds: float) -> None:
        self.record.counts["repeats"] += 1
        if self.over.wait(seconds * self.random.uniform(1, 1.2)):
            raise RunIsOver


class Editor(Client):
    """A client that makes albums of its pictures too, and is the only one to edit them."""

    def __init__(self, server: Server, record: Record, over: threading.Event, seed: int) -> None:
        super().__init__(server, record, over, seed)
        self.server: Server = server
        self.links: list[str] = []
        self.albums: list[Bound] = []

    def once(self) -> Attempt:
        attempt = super().once()
        if attempt.result and not attempt.delete:
            self.links.append(attempt.result["viewURL"])
        if self.links and self.random.random() < 0.2:
            self.bind()
        if self.albums and self.random.random() < 0.4:
            self.change(self.random.choice(self.albums))
        return attempt

    def send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        return self.server.send(method, path, body)

    def bind(self) -> None:
        # A call without an answer may have made one that nobody knows of: it must be whole as well.
        bound = Bound(self.insist("/albums", self.draft(), "POST"))
        self.record.albums.append(bound)
        self.albums.append(bound)

    def change(self, bound: Bound) -> None:
        if self.random.random() < 0.2:
            self.albums.remove(bound)
            self.unbind(bound)
        else:
            version, token = bound.album["version"], bound.album["editToken"]
            bound.edit = {**self.draft(), "version": version, "editToken": token}
            self.finish_edit(bound)

    def draft(self) -> dict[str, Any]:
        links = self.random.sample(self.links, self.random.randint(1, min(5, len(self.links))))
        pictures = [{"viewURL": link, "caption": str(self.random.getrandbits(64))} for link in links]
        return {"title": str(self.random.getrandbits(64)), "pictures": pictures}

    def finish_edit(self, bound: Bound) -> None:
        if not bound.edit:
            return
        bound.album |= self.insist(bound.path, bound.edit, "PUT")
        bound.edit = None

    def insist(self, path: str, body: dict[str, Any], method: str) -> dict[str, Any]:
        """Repeat a call until it succeeds; return what it answers."""
        while (answer := self.ask(path, body, method)).status_code not in (200, 201):
            # A store that has just started finds nothing for a moment.
            assert answer.json["code"] in ("pictures_missing", "album_missing"), f"{path}: {answer.text}"
            self.wait_to_repeat(1)
        return dict(answer.json)

    def unbind(self, bound: Bound) -> None:
        bound.delete = True
        bound.deleted = self.ask("/albums/delete", {"editToken": bound.album["editToken"]}).status_code == 204


class Chaos:
    """Breaks the way to the store and kills processes: one at a time, or a kill during a fault."""

    def __init__(self, server: Server, proxy: Proxy, store: Config, record: Record, seed: int) -> None:
        self.server = server
        self.proxy = proxy
        self.api_socket = str(store.api_socket)
        #: What tells our processes from those of others.
        self.named = {
            "weed": f"-s3.port={urlsplit(str(store.s3_endpoint_url)).port} ",
            "caddy": f" {store.port}.caddy ",
        }
        self.record = record
        self.random = random.Random(seed)

    def run(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(self.random.uniform(0.2, 2))
            if self.random.random() < 0.2:
                self.kill("master")
                continue
            name, pattern = self.random.choice(list(KINDS)), self.random.choice(PATTERNS)
            times = self.random.choice([1, 5, float("inf")])
            with self.proxy.broken(KINDS[name], pattern, times=times) as rule:
                time.sleep(self.random.uniform(0.3, 3))
                if self.random.random() < 0.3:
                    self.kill(self.random.choice(["worker", "worker", "weed", "caddy"]))
                    time.sleep(self.random.uniform(0, 1))
            self.record.faults[name] += rule.hits

    def kill(self, what: str) -> None:
        listed = subprocess.run(
            ["/bin/ps", "-axo", "pid=,ppid=,comm=,args="], capture_output=True, text=True, check=True
        ).stdout
        processes = [line.split(None, 3) for line in listed.splitlines()]
        if what == "master":
            self.server.process.kill()
            self.server.process.wait()
            # Its workers notice within a second, answer their requests, and listen until then.
            until(lambda: not listens(self.api_socket), 60)
            self.server.start()
            self.record.kills[what] += 1
            return
        if what in self.named:
            found = [pid for pid, _, comm, args in processes if comm == what and self.named[what] in args]
        else:
            found = [pid for pid, parent, *_ in processes if int(parent) == self.server.process.pid]
        if found:
            os.kill(int(self.random.choice(found)), signal.SIGKILL)
            self.record.kills[what] += 1


def listens(path: str) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(path)
        return True
    return False


def stop(server: Server) -> None:
    """Stop the server if it runs."""
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)


@contextmanager
def embedded_store(instance: Path) -> Iterator[Config]:
    """Run SeaweedFS and Caddy as `make run` does, on one address."""
    port = free_port()
    environ = {"INSTANCE_PATH": str(instance), "PORT": str(port), "S3_PORT": str(free_port())}
    with mock.patch.dict(os.environ, environ, clear=True):
        config = Config.from_env()
    yield embedded.start(config, serve=True)


def reckon(server: Api, store: Config, record: Record) -> tuple[int, int]:
    """Finish what was interrupted, and check every link. Return how many are lost, and how many wrongly public."""
    never = threading.Event()

    def finish(attempt: Attempt) -> None:
        client = Client(server, record, never, attempt.seed)
        if attempt.asked and not attempt.reason and not attempt.result:
            record.counts["interrupted, and finished at the end"] += 1
            client.complete(attempt)
        if attempt.delete and not attempt.deleted:
            client.delete(attempt)

    lost: list[str] = []

    def look(attempt: Attempt) -> None:
        if not attempt.result:
            return
        answer = requests.get(attempt.result["viewURL"], timeout=60)
        if attempt.deleted:
            if answer.status_code == 404:
                record.counts["deleted and gone"] += 1
            else:
                record.wrong.append(f"{attempt.result['viewURL']}: deleted, and still there")
        elif answer.status_code == 200 and answer.content == attempt.data:
            record.counts["links verified byte for byte"] += 1
        else:
            lost.append(f"{attempt.result['viewURL']}: {answer.status_code}, {len(answer.content)} bytes")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(finish, record.attempts))
        list(pool.map(look, record.attempts))
    record.wrong += [f"lost: {line}" for line in lost]
    return len(lost), _unverified(store, record)


def reckon_albums(server: Server, store: Config, record: Record) -> int:
    """Finish what was interrupted; return how many albums are otherwise than their editors were told, or not whole."""
    client = Editor(server, record, threading.Event(), 0)
    others: list[str] = []

    def look(bound: Bound) -> None:
        client.finish_edit(bound)
        if bound.delete:
            client.unbind(bound)
        answer = requests.get(f"{server.url}{bound.path}", timeout=60)
        told = {name: value for name, value in bound.album.items() if name != "editToken"}
        if (answer.status_code != 410) if bound.deleted else (answer.json() != told):
            others.append(f"{bound.path}: {answer.status_code} {answer.text[:200]}")
        shown = f"{server.url}/a/{bound.album['albumId']}"
        # Whatever was remembered of it goes by itself.
        until(lambda: requests.get(shown, timeout=60).status_code == (410 if bound.deleted else 200))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, record.albums))
    albums = Storage(store).albums
    for found in albums:
        try:
            albums.read(found.key)
        except StoreUnavailable as error:
            others.append(f"{found.key}: {error.__cause__}")
    record.wrong += others
    return len(others)


def _unverified(store: Config, record: Record) -> int:
    handed_out = {
        "uploads/" + re.split("/i/|/uploads/", attempt.result["viewURL"])[1]: attempt
        for attempt in record.attempts
        if attempt.result
    }
    unverified = 0
    for item in bucket(store).objects.filter(Prefix="uploads/"):
        attempt = handed_out.get(item.key)
        data = item.get()["Body"].read()
        try:
            sound = pictures.inspect(data, len(data)).content_type == "image/png"
        except NotAnImage:
            sound = False
        if not (sound and attempt and data == attempt.data):
            unverified += 1
            record.wrong.append(f"unverified public: {item.key}")
    return unverified


def race(server: Server, store: Config, record: Record, seed: int) -> None:
    """Delete each of many pictures once, as its uploader or its operator, while eight calls complete it."""
    source = random.Random(seed)
    storage = Storage(store)
    upkeep = Upkeep(store, storage)
    tokens = Tokens(SECRET)
    user = User(server.post)
    back: list[str] = []

    def by_uploader(key: str) -> int:
        # A 503 means that the store was slow: repeat the call.
        until(lambda: user.delete(tokens.sign_delete(key)).status_code == 204)
        return 204

    def by_operator(key: str) -> int:
        upkeep.take_down(key)
        return 204

    for delete in (by_uploader, by_operator):
        for _ in range(RACES):
            record.counts[f"races: deleted {delete.__name__.replace('_', ' ')}"] += 1
            back += _race(user, storage, tokens, delete, source, record)
    # What the store wrote after we had stopped waiting for it, the hourly command removes.
    upkeep.withdraw_deleted()
    for link in back:
        record.counts["races: back, until storage expire"] += 1
        if requests.get(link, timeout=60).ok:
            record.counts["races: CAME BACK"] += 1
            record.wrong.append(f"{link}: deleted, and back")


def _race(
    user: User,
    storage: Storage,
    tokens: Tokens,
    delete: Callable[[str], int],
    source: random.Random,
    record: Record,
) -> list[str]:
    """Return the link if it shows the picture afterwards."""
    upload = user.stage(PNG, "image/png")
    key = tokens.read_upload(upload["uploadToken"]).key
    steps = [*[lambda: user.complete(upload).status_code] * 8, lambda: delete(key)]
    together = threading.Barrier(len(steps))

    def begin(step: Callable[[], int], delay: float) -> int:
        together.wait()
        time.sleep(delay)
        return step()

    with ThreadPoolExecutor(len(steps)) as pool:
        statuses = list(pool.map(begin, steps, [source.uniform(0, WITHIN) for _ in steps]))
    record.counts["races: links handed out before"] += not {200, 201}.isdisjoint(statuses)
    if set(statuses) - {200, 201, 204, 409, 410, 503}:
        record.wrong.append(f"{key}: a race was answered {statuses}")
    if 503 in statuses:
        # A client waits and repeats the call after a 503, and the repeat removes what the first call may have left.
        time.sleep(RETRY_AFTER)
        until(lambda: user.complete(upload).status_code == 410)
    link = storage.links.public_url(key)
    return [link] if requests.get(link, timeout=60).ok else []


def report(record: Record, seconds: float, lost: int, unverified: int, half: int) -> None:
    links = sum(1 for attempt in record.attempts if attempt.result)
    reasons = Counter(attempt.reason for attempt in record.attempts if attempt.reason)
    rows: list[tuple[str, Any]] = [
        ("seconds, clients", f"{seconds:.0f}, {CLIENTS}"),
        ("uploads tried", record.counts["uploads tried"]),
        ("links handed out", links),
        ("  verified byte for byte", record.counts["links verified byte for byte"]),
        ("  deleted and gone", record.counts["deleted and gone"]),
        ("refused with a reason", sum(reasons.values())),
        *((f"  {name}", count) for name, count in reasons.most_common()),
        ("given up by the client before complete", sum(1 for attempt in record.attempts if not attempt.asked)),
        ("interrupted, finished at the end", record.counts["interrupted, and finished at the end"]),
        ("albums made", len(record.albums)),
        ("  deleted and gone", sum(bound.deleted for bound in record.albums)),
        ("  edits, at least", sum(bound.album["version"] - 1 for bound in record.albums)),
        ("repeats", record.counts["repeats"]),
        ("requests broken", sum(record.faults.values())),
        *((f"  {name}", count) for name, count in sorted(record.faults.items())),
        ("processes killed (-9)", sum(record.kills.values())),
        *((f"  {name}", count) for name, count in sorted(record.kills.items())),
        *((name, record.counts[name]) for name in RACED),
        ("LOST", lost),
        ("UNVERIFIED PUBLIC", unverified),
        ("ALBUMS HALF, LOST OR OTHERWISE", half),
        ("WRONG IN ANY WAY", len(record.wrong)),
    ]
    for name, value in rows:
        sys.stdout.write(f"{name:<40} {value:>10}\n")
    for line in record.wrong[:50]:
        sys.stdout.write(f"! {line}\n")


def soak(seconds: float, seed: int) -> int:
    sys.stdout.write(f"seed {seed}\n")
    record = Record()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, embedded_store(Path(folder)) as store:
        assert store.credentials
        assert store.s3_endpoint_url
        access_key, secret_key = store.credentials
        proxy = Proxy(urlsplit(store.s3_endpoint_url).port or 0)
        # The proxy's faults are between the API and the store.
        server = Server(
            Path(folder),
            S3_BUCKET=store.s3_bucket,
            S3_ENDPOINT_URL=proxy.url,
            S3_PUBLIC_ENDPOINT_URL=str(store.s3_public_endpoint_url),
            PUBLIC_BASE_URL=str(store.public_base_url),
            SITE_URL=str(store.site_url),
            TRUSTED_PROXIES="1",
            SECRET_KEY=SECRET,
            AWS_ACCESS_KEY_ID=access_key,
            AWS_SECRET_ACCESS_KEY=secret_key,
        )
        server.command = ["gunicorn", "--bind", f"unix:{store.api_socket}"]
        server.url = str(store.site_url)
        over = threading.Event()
        clients = [Editor(server, record, over, seed + number) for number in range(CLIENTS)]
        try:
            server.start()
            with ThreadPoolExecutor(CLIENTS) as pool:
                running = [pool.submit(client.run) for client in clients]
                try:
                    Chaos(server, proxy, store, record, seed).run(seconds)
                finally:
                    over.set()
                for client in running:
                    client.result()
            until(lambda: answers(f"{server.url}/health/ready"), 60)
            lost, unverified = reckon(server, store, record)
            half = reckon_albums(server, store, record)
            race(server, store, record, seed)
        finally:
            stop(server)
        report(record, seconds, lost, unverified, half)
        if record.wrong:
            kept = Path(tempfile.gettempdir()) / "gunicorn.log"
            kept.write_text(server.said())
            sys.stdout.write(f"gunicorn's log: {kept}\n")
    return 1 if record.wrong else 0


def full_disk() -> int:
    """Fill a small disk, then enlarge it: every link must stay, and uploads must work again."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        mounted = ["/bin/mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", folder]
        if subprocess.run(mounted, check=False, capture_output=True).returncode:
            sys.stdout.write("Not tried: a full disk, which needs a root that may mount\n")
            return 0
        server = Server(Path(folder))
        try:
            server.start()
            wrong = _fill(server, folder)
        finally:
            stop(server)
            subprocess.run(["/bin/umount", "--lazy", folder], check=True)
    return wrong


def _fill(server: Server, folder: str) -> int:
    user = User(server.post)
    links: dict[str, bytes] = {}
    tokens: dict[str, str] = {}
    staged: list[Any] = []
    said: Counter[str] = Counter()

    def upload(size: int, *, insist: bool = False) -> None:
        data = PNG + os.urandom(size)
        answer = server.post("/uploads/init", json={"contentType": "image/png", "size": len(data)})
        said[f"init {answer.status_code} {answer.json.get('code', '')}"] += 1
        if answer.status_code == 507 and not insist:
            return
        # Those who asked before the disk was full may still come.
        signed = early.pop() if answer.status_code == 507 else answer.json
        put = user.put(signed, data).status_code
        answer = user.complete(signed)
        said[f"PUT {put}, complete {answer.status_code}"] += 1
        if answer.status_code == 201:
            links[answer.json["viewURL"]] = data
            tokens[answer.json["viewURL"]] = answer.json["deleteToken"]
        else:
            staged.append(signed)

    early = [user.init(PNG + bytes(1_000_000), "image/png") for _ in range(200)]
    while not any("507" in word for word in said):
        upload(1_000_000)
    # The store itself is filled by those, up to the last byte that it takes.
    while early and sum(number for word, number in said.items() if "PUT 500" in word) < 20:
        upload(1_000_000, insist=True)

    def lost() -> int:
        return sum(requests.get(link, timeout=60).content != data for link, data in links.items())

    wrong = lost()
    for link in list(links)[:20]:
        deleted = user.delete(tokens[link]).status_code
        said[f"delete {deleted}"] += 1
        wrong += deleted != 204 or requests.get(link, timeout=60).ok
        del links[link]
    stop(server)
    subprocess.run(["/bin/mount", "-o", "remount,size=800m", folder], check=True)
    server.start()
    wrong += lost() + sum(user.complete(upload).status_code not in (201, 409) for upload in staged)
    user.delete(user.publish(PNG, "image/png")["deleteToken"])
    sys.stdout.write(f"full disk: {dict(said)}; {len(links)} links, wrong then or after a restart with room: {wrong}\n")
    return wrong


if __name__ == "__main__":
    wrong = full_disk()
    sys.exit(soak(float(sys.argv[1]) if len(sys.argv) > 1 else 600, random.SystemRandom().getrandbits(32)) or wrong)
