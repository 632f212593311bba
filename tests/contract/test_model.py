"""No link ever changes, whatever steps anybody takes in whatever order: a model of uploads, and the real thing.

Hypothesis chooses the steps. The store is real. After each step the test compares what the store holds, and what it
shows to strangers, with the model. It compares each answer with the table "complete, case by case" of
docs/architecture.md. A long run:

    pytest tests/contract/test_model.py --hypothesis-profile=long
"""

import base64
import functools
import hashlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import pytest
import requests
import time_machine
import urllib3
from botocore.exceptions import ClientError
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from PIL import Image

from app import create_app, memory
from app.services import services
from app.storage import Storage, Upkeep
from app.storage import Upload as Promise
from app.tokens import Tokens
from config import Config
from tests.conftest import FORMATS, picture
from tests.contract.conftest import ORIGIN, Traits, User, another_bucket, informed

DAY = 24 * 60 * 60
#: What `delete` writes over the staged bytes, and what a refusal writes there before it deletes them.
MARK, REFUSED = b"", b"refused"
SIZES = ((24, 16), (16, 24))


# Bytes to send


@functools.cache
def pictures() -> dict[str, list[bytes]]:
    """Return two pictures of each type. They differ in width and have one length, so any can replace any other.

    Zeros at the end, which every format allows, give them that length.
    """
    made = {content_type: [picture(content_type, size) for size in SIZES] for content_type in FORMATS}
    length = 1 + max(len(data) for pair in made.values() for data in pair)
    return {content_type: [data.ljust(length, b"\0") for data in pair] for content_type, pair in made.items()}


@functools.cache
def known() -> dict[bytes, tuple[str, tuple[int, int]]]:
    """Return what each picture is: the type and size it was made with, not what the app says."""
    return {
        data.rstrip(b"\0"): (content_type, size)
        for content_type, pair in pictures().items()
        for data, size in zip(pair, SIZES, strict=True)
    }


def is_picture(data: bytes, content_type: str) -> bool:
    """Say whether `data` is a picture of this type to Pillow, which the app does not use."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.format == FORMATS[content_type]
    except OSError:
        return False


# The model


@dataclass(frozen=True)
class Moment:
    """What the store held for an upload when the app sent a request."""

    staged: bytes | None
    public: bytes | None
    marked: bool


class Died(Exception):
    """The process died before it answered."""


@dataclass
class Upload:
    """What a client promised, what happened since, and what the store must hold."""

    signed: dict[str, Any]
    key: str
    content_type: str
    size: int
    #: The client's file, and whether the client promised its digest too.
    data: bytes
    digest: bool
    staged: bytes | None = None
    public: bytes | None = None
    #: A day has passed: URL and upload token have expired, and the store has deleted the staged object or the mark.
    over: bool = False
    deleted: bool = False
    #: A delete has begun: its first mark, which no client can overwrite, is there.
    marked: bool = False
    #: What the running copy has read.
    copied: bytes | None = None
    #: A copy has written after a delete, and no call has looked since.
    left_behind: bool = False
    #: The body of the first answer that said "published", and the bytes that strangers first got from the link.
    answer: dict[str, Any] | None = None
    seen: bytes | None = None

    @property
    def now(self) -> Moment:
        return Moment(self.staged, self.public, self.marked)

    @property
    def staged_key(self) -> str:
        return "incoming/" + self.key.rpartition("/")[2]

    @property
    def public_key(self) -> str:
        return "uploads/" + self.key

    @property
    def mark_key(self) -> str:
        return "incoming/deleted/" + self.key

    def withdraw(self) -> None:
        self.public, self.left_behind = None, False

    def bytes_called(self, name: str) -> bytes:
        """Return what somebody might send. All but the last three have the promised length."""
        types = list(FORMATS)
        other = types[types.index(self.content_type) - 1]
        return {
            "right": self.data.ljust(self.size, b"\0")[: self.size],
            "other picture": pictures()[self.content_type][1].ljust(self.size, b"\0")[: self.size],
            "other type": pictures()[other][0].ljust(self.size, b"\0")[: self.size],
            "page": b"<!doctype html><script>alert(1)</script>".ljust(self.size),
            "longer": self.data.ljust(self.size, b"\0") + b"\0",
            "shorter": self.data[: self.size - 1],
            "a byte": b"\0",
        }[name]

    def refusal(self, data: bytes) -> str | None:
        """Return the code of the error that keeps `data` from becoming public; None if it may become public."""
        if len(data) != self.size:
            return "size_mismatch"
        content_type, _ = known().get(data.rstrip(b"\0"), (None, None))
        if content_type is None:
            return "not_an_image"
        return None if content_type == self.content_type else "type_mismatch"


def answer_to_complete(upload: Upload, moments: list[Moment], traits: Traits) -> tuple[int, str | None, int]:
    """Return status and code of complete's answer, and how many requests it sends: three if all goes well.

    This is the table of docs/architecture.md; `moments` are what the store held at each request.
    """
    checked = moments[0]
    if checked.staged == MARK:
        return 410, "deleted", 3
    if checked.staged in (None, REFUSED):
        if not moments[1].public:
            return (409, "upload_missing", 2) if checked.staged is None else (422, "refused", 2)
        return (410, "deleted", 4) if moments[2].marked else (200, None, 3)
    if code := upload.refusal(checked.staged):
        return 422, code, 3 if moments[1].staged == checked.staged else 2
    if not is_copied(moments, traits):
        if not moments[2].public:
            return 409, "upload_changed", 3
        return (410, "deleted", 5) if moments[3].marked else (200, None, 4)
    if moments[1].staged != checked.staged:
        # The copy had no condition. The app then looks at the staged object, and deletes what it copied instead.
        return 409, "upload_changed", 4
    return (410, "deleted", 4) if moments[2].marked else (201, None, 3)


def is_copied(moments: list[Moment], traits: Traits) -> bool:
    """Say whether the store makes the copy that is the second of these requests."""
    checked, copied = moments[:2]
    if traits.copies_on_condition:
        return copied.staged == checked.staged and not copied.public
    return copied.staged is not None


# Steps that others take while the app works on an answer.
MEANWHILE = st.lists(
    st.one_of(
        st.just(("complete",)),
        st.just(("delete",)),
        st.just(("lose",)),
        st.just(("land",)),
        st.just(("die",)),
        st.tuples(st.just("put"), st.sampled_from(["right", "other picture", "page"])),
        st.tuples(st.just("overwrite"), st.sampled_from(["right", "other picture", "other type", "page", "a byte"])),
    ),
    min_size=1,
    max_size=4,
)
#: At which of the app's requests to the store others take them.
INTERLEAVED = st.none() | st.tuples(st.integers(1, 5), MEANWHILE)
BODIES = ["right", "other picture", "other type", "page", "longer", "shorter", "a byte"]
#: Headers that differ from those that were signed.
SPOILT = [{"Content-Type": "text/html"}, {"If-None-Match": None}, {"If-None-Match": '"0"'}]


class Links(RuleBasedStateMachine):
    """Several uploads in one bucket. Any rule may come at any time, so old URLs and tokens are replayed as well."""

    uploads = Bundle("uploads")

    def __init__(self, app: Flask, bucket: Any, traits: Traits) -> None:
        super().__init__()
        self.storage: Storage = services(app).storage
        self.upkeep = services(app).upkeep
        self.tokens: Tokens = services(app).tokens
        self.stranger = Tokens("another server's secret, long enough")
        self.client = app.test_client()
        self.user = User(self.client.post)
        self.bucket = bucket
        self.traits = traits
        self.http = urllib3.PoolManager(retries=False)
        self.known: list[Upload] = []
        self.at_request: Callable[[], None] | None = None
        self.events = self.storage.client.s3.meta.events
        self.events.register("before-send.s3", self._asked)

    def teardown(self) -> None:
        self.events.unregister("before-send.s3", self._asked)
        for query in ("list-type=2", "list-type=2&prefix=uploads/", "uploads", "versions", "policy", "acl"):
            assert self._get(f"?{query}").status in (403, 404), query
        for upload in self.known:
            for key in (upload.staged_key, upload.public_key, upload.mark_key):
                self.bucket.Object(key).delete()
        self.http.clear()

    # What anybody may do

    @precondition(lambda self: len(self.known) < 4)
    @rule(
        target=uploads,
        content_type=st.sampled_from(list(FORMATS)),
        really=st.sampled_from([None, None, None, *FORMATS]),
        difference=st.sampled_from([0, 0, 0, 0, 1, -1]),
        digest=st.booleans(),
        expires_in=st.sampled_from([None, "1d", "7d", "30d"]),
        sent=st.booleans(),
    )
    def init(
        self,
        content_type: str,
        really: str | None,
        difference: int,
        digest: bool,
        expires_in: str | None,
        sent: bool,
    ) -> Upload:
        data = pictures()[really or content_type][0]
        fields: dict[str, Any] = {"contentType": content_type, "size": len(data) + difference, "filename": "a b.png"}
        if digest:
            fields["sha256"] = base64.b64encode(hashlib.sha256(data).digest()).decode()
        if expires_in:
            fields["expiresIn"] = expires_in
        with self._answering() as moments:
            answer = self.user.post("/uploads/init", json=fields)
        assert (answer.status_code, moments) == (201, [])
        key = self.tokens.read_upload(answer.json["uploadToken"]).key
        upload = Upload(answer.json, key, content_type, fields["size"], data, digest)
        self.known.append(upload)
        if sent:
            self._put(upload, "right")
        return upload

    @precondition(lambda self: len(self.known) < 4)
    @rule(target=uploads, content_type=st.sampled_from(list(FORMATS)))
    def relay(self, content_type: str) -> Upload:
        """Send a picture to the API itself; from then on it is as any other, to those who could sign its tokens."""
        data = pictures()[content_type][0]
        with self._answering() as moments:
            answer = self.user.post("/uploads?keep=metadata&filename=a", data=data, content_type=content_type)
        assert (answer.status_code, len(moments)) == (201, 4), answer.text
        key = answer.json["viewURL"].removeprefix(self.storage.links.public_url(""))
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        promise = Promise(key, answer.json["filename"], content_type, len(data), int(time.time()), digest)
        url = self.storage.sign_upload(key, content_type, len(data), digest)
        signed = {"uploadURL": url.url, "headers": url.headers, "uploadToken": self.tokens.sign_upload(promise)}
        upload = Upload(signed, key, content_type, len(data), data, digest=True, staged=data, public=data)
        self.known.append(upload)
        self._compare(upload, answer.json, upload.now)
        return upload

    @rule(body=st.sampled_from([b"<!doctype html><script>alert(1)</script>", picture("image/png")[:40]]))
    def relay_what_is_no_picture(self, body: bytes) -> None:
        before = {item.key for item in self.bucket.objects.all()}
        answer = self.user.post("/uploads?keep=metadata", data=body, content_type="image/png")
        assert (answer.status_code, answer.json["code"]) == (422, "not_an_image")
        assert {item.key for item in self.bucket.objects.all()} == before

    @rule(upload=uploads, body=st.sampled_from(BODIES), spoilt=st.none() | st.sampled_from(SPOILT))
    def put(self, upload: Upload, body: str, spoilt: dict[str, str | None] | None) -> None:
        self._put(upload, body, spoilt)

    @rule(upload=uploads, interleaved=INTERLEAVED)
    def complete(self, upload: Upload, interleaved: tuple[int, list[Any]] | None) -> None:
        self._complete(upload, interleaved)

    @rule(upload=uploads, interleaved=INTERLEAVED)
    def delete(self, upload: Upload, interleaved: tuple[int, list[Any]] | None) -> None:
        self._delete(upload, interleaved)

    @rule(upload=uploads, other=uploads)
    def use_wrong_tokens(self, upload: Upload, other: Upload) -> None:
        """Use tokens that are nearly right: of the other kind, or signed by another server or for another upload."""
        token, others = upload.signed["uploadToken"], other.signed["uploadToken"]
        delete_token, others_delete = self.tokens.sign_delete(upload.key), self.tokens.sign_delete(other.key)
        promise = self.tokens.read_upload(token)
        completes = [delete_token, _reversed(token), self.stranger.sign_upload(promise)]
        deletes = [token, _reversed(delete_token), self.stranger.sign_delete(upload.key)]
        if other is not upload:
            completes.append(_payload(token) + _signature(others))
            deletes.append(_payload(delete_token) + _signature(others_delete))
        with self._answering() as moments:
            answers = [self.user.complete({"uploadToken": wrong}) for wrong in completes]
            answers += [self.user.delete(wrong) for wrong in deletes]
        assert [(answer.status_code, answer.json["code"]) for answer in answers] == [
            (403, "invalid_token") for _ in answers
        ]
        assert moments == []

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def replay_everything(self, data: st.DataObject) -> None:
        steps = [(step, upload) for upload in self.known for step in (self._put, self._complete, self._delete)]
        for index in data.draw(st.permutations(range(len(steps)))):
            step, upload = steps[index]
            step(upload)

    @precondition(lambda self: len(self.known) < 6)
    @rule(
        content_type=st.sampled_from(list(FORMATS)),
        at=st.sampled_from([1, 2, 2, 2, 3, 3, 3, 4]),
        steps=MEANWHILE,
        deleting=st.booleans(),
    )
    def act_while_an_answer_is_made(self, content_type: str, at: int, steps: list[Any], deleting: bool) -> None:
        """Have others act at the very moment that an upload is published or deleted; other rules rarely get there."""
        upload: Any = self.init(content_type, None, 0, False, None, True)
        if deleting:
            self._complete(upload)
            self._delete(upload, (at, steps))
        else:
            self._complete(upload, (at, steps))

    # What the store does by itself, and what a weaker store would let others do

    @rule(upload=uploads, body=st.sampled_from(BODIES))
    def overwrite(self, upload: Upload, body: str) -> None:
        self._overwrite(upload, body)

    @rule(upload=uploads)
    def lose(self, upload: Upload) -> None:
        self._lose(upload)

    @rule(upload=uploads)
    def let_a_day_pass(self, upload: Upload) -> None:
        # The timer removes what a copy left behind long before the mark expires.
        self.sweep()
        if not upload.over:
            upload.over = True
            promise = self.tokens.read_upload(upload.signed["uploadToken"])
            digest = upload.signed["headers"].get("x-amz-checksum-sha256")
            with time_machine.travel(time.time() - DAY):  # The URL as it was signed a day ago.
                signed = self.storage.sign_upload(promise.key, promise.content_type, promise.size, digest)
            upload.signed["uploadURL"] = signed.url
        for key in (upload.staged_key, upload.mark_key):
            self.bucket.Object(key).delete()
        upload.staged, upload.marked = None, False

    @rule()
    def sweep(self) -> None:
        """Do what a timer does every hour; a mark lasts for many of its runs."""
        self.upkeep.withdraw_deleted()
        for upload in self.known:
            if upload.marked:
                upload.withdraw()

    @precondition(lambda self: any(upload.left_behind for upload in self.known))
    @rule(data=st.data())
    def mend_what_was_left_behind(self, data: st.DataObject) -> None:
        upload = data.draw(st.sampled_from([upload for upload in self.known if upload.left_behind]))
        data.draw(st.sampled_from([self._complete, self._delete, lambda _: self.sweep()]))(upload)
        assert upload.public is None

    @rule(upload=uploads)
    def expire(self, upload: Upload) -> None:
        """Delete a picture of an expiry class. It lives for at least a day, so longer than its upload token."""
        if upload.over and "/" in upload.key:
            self.bucket.Object(upload.public_key).delete()
            upload.public = None

    # What must hold after every step

    @invariant()
    def promises_hold(self) -> None:
        assert self._get("?list-type=2").status in (403, 404)
        for upload in self.known:
            self._look(upload)

    @invariant()
    def store_holds_what_the_model_says(self) -> None:
        held = {item.key: item.e_tag.strip('"') for item in self.bucket.objects.all()}
        expected = {upload.staged_key: upload.staged for upload in self.known}
        expected |= {upload.public_key: upload.public for upload in self.known}
        expected |= {upload.mark_key: MARK for upload in self.known if upload.marked}
        assert held == {key: hashlib.md5(data).hexdigest() for key, data in expected.items() if data is not None}  # noqa: S324

    @invariant()
    def pages_tell_what_is_public(self) -> None:
        """The app asks the store at each look here; test_pages.py tests what it remembers."""
        for upload in self.known:
            status = self.client.get(f"/p/{upload.key}").status_code
            if upload.public is not None:
                assert status == 200
            else:
                assert status == (410 if upload.marked else 404)

    def _look(self, upload: Upload) -> None:
        """Look at an upload as a stranger who knows its keys."""
        assert self._get(upload.staged_key).status == 403, "strangers can read staged bytes"
        shown = self._get(upload.public_key)
        if shown.status == 200 and upload.public == MARK:
            # A copy without conditions has published the mark, and the app has not deleted it yet.
            assert not self.traits.copies_on_condition
        elif shown.status == 200:
            upload.seen = upload.seen or shown.data
            assert shown.data == upload.seen, "the bytes behind a link have changed"
            assert upload.left_behind or not upload.deleted, "a deleted picture is back"
            assert len(shown.data) == upload.size, "the public bytes don't have the promised size"
            assert is_picture(shown.data, upload.content_type), "the public bytes don't have the promised type"
            assert shown.headers["Content-Type"] == upload.content_type
        else:
            assert (shown.status, upload.public) == (self.traits.absent, None)

    # The steps

    def _put(self, upload: Upload, body: str = "right", spoilt: dict[str, str | None] | None = None) -> None:
        data = upload.bytes_called(body)
        headers = {**upload.signed["headers"], **(spoilt or {})}
        answer = self.http.request(
            "PUT",
            upload.signed["uploadURL"],
            body=data,
            headers={name: value for name, value in headers.items() if value is not None},
        )
        if upload.over or spoilt or len(data) != upload.size:
            expected = 403
        elif upload.staged is not None:
            expected = 412
        elif upload.digest and data != upload.data and self.traits.compares_checksums:
            expected = 400
        else:
            expected = 200
            upload.staged = data
        assert answer.status == expected, (answer.status, answer.data)

    def _complete(self, upload: Upload, interleaved: tuple[int, list[Any]] | None = None) -> None:
        if upload.over:
            with self._answering() as moments, time_machine.travel(time.time() + DAY + 5):
                answer = self.user.complete(upload.signed)
            assert (answer.status_code, answer.json["code"], moments) == (403, "expired_token", [])
            return

        def is_refused(staged: bytes | None) -> bool:
            return staged not in (None, MARK, REFUSED) and upload.refusal(staged) is not None

        def copy_or_refuse(moments: list[Moment]) -> None:
            if len(moments) != 2 or moments[0].staged in (None, MARK, REFUSED):
                return
            if is_refused(moments[0].staged):
                # The app refuses only the bytes that it has looked at.
                if moments[1].staged == moments[0].staged:
                    upload.staged = REFUSED
            elif is_copied(moments, self.traits):
                upload.public = upload.copied = moments[1].staged

        outer = upload.copied
        try:
            with self._answering(upload, interleaved, copy_or_refuse) as moments:
                answer = self.user.complete(upload.signed)
        except Died:
            return
        finally:
            upload.copied = outer
        status, code, asked = answer_to_complete(upload, moments, self.traits)
        if status == 422 and code != "refused" and upload.staged == REFUSED:
            upload.staged = None
        elif status == 410 or (status, asked) == (409, 4):
            upload.withdraw()
        assert (answer.status_code, answer.json.get("code")) == (status, code), answer.text
        assert len(moments) == asked
        if code is None:
            self._compare(upload, answer.json, moments[-1])

    def _compare(self, upload: Upload, answer: dict[str, Any], moment: Moment) -> None:
        data = moment.public or moment.staged
        assert data is not None
        content_type, (width, height) = known()[data.rstrip(b"\0")]
        said = (answer["contentType"], answer["size"], answer["width"], answer["height"])
        assert said == (content_type, len(data), width, height)
        assert answer["viewURL"] == self.storage.links.public_url(upload.key)
        upload.answer = upload.answer or answer
        assert answer == upload.answer, "a repeated complete got another answer"

    def _delete(self, upload: Upload, interleaved: tuple[int, list[Any]] | None = None) -> None:
        if upload.answer is None:
            return

        def mark(moments: list[Moment]) -> None:
            upload.marked = True
            if len(moments) == 2:
                upload.staged = MARK

        try:
            with self._answering(upload, interleaved, mark) as moments:
                answer = self.user.delete(upload.answer["deleteToken"])
        except Died:
            return
        assert (answer.status_code, len(moments)) == (204, 3)
        upload.withdraw()
        upload.deleted = True

    def _land(self, upload: Upload) -> None:
        """End a running copy after a delete that came between its read and its write."""
        if upload.copied and upload.marked and upload.public is None:
            upload.public, upload.left_behind = upload.copied, True
            _, (width, height) = known()[upload.copied.rstrip(b"\0")]
            self.bucket.put_object(
                Key=upload.public_key,
                Body=upload.copied,
                ContentType=upload.content_type,
                Metadata={"width": str(width), "height": str(height)},
            )

    def _die(self, _: Upload) -> None:
        raise Died

    def _overwrite(self, upload: Upload, body: str) -> None:
        # A store must have one of two guards: if its copies have no conditions, nobody can change what is staged.
        # Whoever could overwrite the mark of a delete could bring the picture back: docs/stores.md.
        if upload.staged != MARK and self.traits.copies_on_condition:
            upload.staged = upload.bytes_called(body)
            self.bucket.put_object(Key=upload.staged_key, Body=upload.staged, ContentType=upload.content_type)

    def _lose(self, upload: Upload) -> None:
        # A mark lasts longer than the tokens that it guards against. So do staged bytes, unless an operator deletes
        # them.
        if upload.staged != MARK and self.traits.copies_on_condition:
            self.bucket.Object(upload.staged_key).delete()
            upload.staged = None

    @contextmanager
    def _answering(
        self,
        upload: Upload | None = None,
        interleaved: tuple[int, list[Any]] | None = None,
        effect: Callable[[list[Moment]], None] = lambda moments: None,
    ) -> Iterator[list[Moment]]:
        """Record what the store holds at each of the app's requests, after others took the `interleaved` steps.

        Before the next request, `effect` does to the model what the latest one did to the store.
        """
        moments: list[Moment] = []

        def at_request() -> None:
            if moments:
                effect(moments)
            if upload and interleaved and interleaved[0] == len(moments) + 1:
                self._meanwhile(upload, interleaved[1])
            moments.append(upload.now if upload else Moment(None, None, False))

        outer, self.at_request = self.at_request, at_request
        try:
            yield moments
        finally:
            self.at_request = outer

    def _meanwhile(self, upload: Upload, steps: list[Any]) -> None:
        do: dict[str, Callable[..., None]] = {
            "complete": self._complete,
            "delete": self._delete,
            "lose": self._lose,
            "land": self._land,
            "die": self._die,
            "put": self._put,
            "overwrite": self._overwrite,
        }
        for name, *arguments in steps:
            do[name](upload, *arguments)
            self._look(upload)

    def _asked(self, **_: Any) -> None:
        if self.at_request:
            self.at_request()

    def _get(self, key: str) -> urllib3.BaseHTTPResponse:
        return self.http.request("GET", f"{self.storage.links.upload_origin}/{self.bucket.name}/{key}")


def _payload(token: str) -> str:
    return token.rpartition(".")[0] + "."


def _signature(token: str) -> str:
    return token.rpartition(".")[2]


def _reversed(token: str) -> str:
    return _payload(token) + _signature(token)[::-1]


def test_links_never_change(
    store: Config, owner: Any, traits: Traits, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "TTL", 0)
    config = another_bucket(store, "model")
    Upkeep(config, Storage(config)).set_up([ORIGIN])
    app = informed(create_app(config))
    app.testing = True  # An assertion that fails during a request must reach the test.
    bucket = type(owner)("model", client=owner.meta.client)
    run_state_machine_as_test(
        cast("Any", lambda: Links(app, bucket, traits)),
        settings=settings(
            max_examples=settings().max_examples // 2,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )


# What the model has found


def test_empty_bytes_are_not_the_mark_of_a_delete(user: User, owner: Any) -> None:
    # A store that ignores If-None-Match would let a client put them there. The machine above takes them for a mark.
    right, _ = pictures()["image/png"]
    upload = user.stage(right, "image/png")
    owner.Object(f"incoming/{upload['uploadId']}.png").put(Body=b"")
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (422, "size_mismatch")


def test_late_refusal_does_not_remove_the_mark_of_a_delete(
    user: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, other = pictures()["image/png"]
    upload = user.stage(b"<html>".ljust(len(right)), "image/png")
    storage = services(app).storage
    discard = storage.discard

    def published_and_deleted_first(*arguments: Any) -> None:
        monkeypatch.undo()
        assert user.complete(upload).status_code == 422
        assert user.put(upload, right).status_code == 200
        published = user.complete(upload)
        assert published.status_code == 201
        assert user.delete(published.json["deleteToken"]).status_code == 204
        discard(*arguments)

    monkeypatch.setattr(storage, "discard", published_and_deleted_first)
    assert user.complete(upload).status_code == 422
    assert user.put(upload, other).status_code == 412
    assert user.complete(upload).status_code == 410


def test_repeat_gets_the_first_answer_when_the_staged_bytes_disappear_meanwhile(
    user: User, app: Flask, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = user.stage(pictures()["image/png"][0], "image/png")
    storage = services(app).storage
    publish = storage.publish
    first = []

    def published_and_lost_first(*arguments: Any) -> Any:
        monkeypatch.undo()
        first.append(user.complete(upload))
        owner.Object(f"incoming/{upload['uploadId']}.png").delete()
        return publish(*arguments)

    monkeypatch.setattr(storage, "publish", published_and_lost_first)
    second = user.complete(upload)
    assert (first[0].status_code, second.status_code) == (201, 200)
    assert first[0].json == second.json


# Threads


class Race:
    """One upload, and everything that clients may do to it at the same time."""

    def __init__(self, app: Flask, owner: Any, traits: Traits) -> None:
        self.app, self.owner, self.traits = app, owner, traits
        self.right, self.other = pictures()["image/png"]
        self.refused = b"<html>".ljust(len(self.right))
        self.upload = User(app.test_client().post).init(self.right, "image/png")
        self.key = services(app).tokens.read_upload(self.upload["uploadToken"]).key
        self.link = services(app).storage.links.public_url(self.key)
        self.answers: list[Any] = []
        self.seen: set[bytes] = set()
        self.over = threading.Event()

    def put(self) -> None:
        for data in (self.refused, self.right, self.other) * 2:
            status = User(self.app.test_client().post).put(self.upload, data).status_code
            assert status in (200, 412)

    def complete(self) -> None:
        user = User(self.app.test_client().post)
        for _ in range(6):
            answer = user.complete(self.upload)
            assert answer.status_code in (200, 201, 409, 410, 422), answer.text
            self.answers.append(answer)

    def delete(self) -> None:
        token = services(self.app).tokens.sign_delete(self.key)
        for _ in range(2):
            assert User(self.app.test_client().post).delete(token).status_code == 204

    def overwrite(self) -> None:
        """Overwrite what is staged, except a mark, as clients can on a store that ignores If-None-Match."""
        for data in (self.other, self.refused, self.right) * 2:
            staged = self.owner.Object(f"incoming/{self.key}")
            with suppress(ClientError):  # The object does not exist, or has changed since the look at it.
                if staged.metadata.keys().isdisjoint({"deleted", "refused"}):
                    staged.put(Body=data, ContentType="image/png", IfMatch=staged.e_tag.strip('"'))

    def watch(self) -> None:
        while not self.over.is_set():
            shown = requests.get(self.link, timeout=60)
            if shown.status_code == 200:
                self.seen.add(shown.content)

    def run(self, *steps: Callable[[], None]) -> None:
        together = threading.Barrier(len(steps))

        def begin(step: Callable[[], None]) -> None:
            together.wait()
            step()

        with ThreadPoolExecutor(len(steps) + 1) as pool:
            watching = pool.submit(self.watch)
            try:
                list(pool.map(begin, steps))
            finally:
                self.over.set()
            watching.result()

    def published(self) -> list[Any]:
        return [answer for answer in self.answers if answer.status_code in (200, 201)]


#: How often each race runs; a race has some forty answers.
RACES = 20


def test_race_publishes_one_picture_and_never_another(app: Flask, owner: Any, traits: Traits) -> None:
    for _ in range(RACES):
        race = Race(app, owner, traits)
        others = [race.overwrite] if traits.copies_on_condition else []
        race.run(race.put, race.put, race.complete, race.complete, race.complete, *others)
        race.complete()
        shown = requests.get(race.link, timeout=60)
        if not race.published():
            assert (shown.status_code, race.seen) == (traits.absent, set())
            continue
        assert shown.content in (race.right, race.other)
        assert race.seen <= {shown.content}
        first = race.published()[0].json
        assert all(answer.json == first for answer in race.published())
        assert (first["width"], first["height"]) == known()[shown.content.rstrip(b"\0")][1]
        if traits.copies_on_condition:
            assert [answer.status_code for answer in race.published()].count(201) == 1


def test_race_against_a_delete_brings_nothing_back(app: Flask, owner: Any, traits: Traits) -> None:
    for _ in range(RACES):
        race = Race(app, owner, traits)
        user = User(app.test_client().post)
        assert user.put(race.upload, race.right).status_code == 200
        assert user.complete(race.upload).status_code == 201
        race.run(race.put, race.complete, race.complete, race.complete, race.delete)
        race.put()
        assert user.complete(race.upload).status_code == 410
        assert requests.get(race.link, timeout=60).status_code == traits.absent
        # A copy without conditions may show the mark until the app deletes the copy.
        assert race.seen <= {race.right} | (set() if traits.copies_on_condition else {MARK})
        assert all(answer.json == race.published()[0].json for answer in race.published())


def test_race_of_one_delete_against_many_completes_brings_nothing_back(app: Flask, owner: Any, traits: Traits) -> None:
    # `make soak` does the same two thousand times, and for the operator's delete.
    for _ in range(RACES):
        race = Race(app, owner, traits)
        assert User(app.test_client().post).put(race.upload, race.right).status_code == 200
        race.run(*[race.complete] * 8, race.delete)
        assert requests.get(race.link, timeout=60).status_code == traits.absent
        assert race.seen <= {race.right} | (set() if traits.copies_on_condition else {MARK})
