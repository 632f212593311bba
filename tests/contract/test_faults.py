"""Everything that can go wrong between the API and the store, at each call that the API makes."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, readiness
from app.services import services
from app.storage import blocklist, calls, client, turns
from config import Config
from tests.conftest import picture
from tests.contract.conftest import User, store_port
from tests.rigs.faults import FAULTS, Dropped, Fault, Proxy, canned, late, silent, slow, torn
from tests.rigs.server import until

PNG = picture("image/png")
#: Its dimensions lie after the head that the API reads first.
LONG = picture("image/jpeg", icc_profile=bytes(200_000))
PAGE = b"<!doctype html><script>alert(1)</script>"

#: Seconds. Tests that wait for a time-out use this short one; the others use production's.
SHORT = 0.8
SLOW: dict[str, Fault] = {
    "silent": FAULTS["silent"],
    "stalled": FAULTS["stalled"],
    "slow-over": slow(2 * SHORT),
    "slow-under": slow(SHORT / 3),
}
QUICK = {name: fault for name, fault in FAULTS.items() if name not in SLOW}
#: Faults that the API's one retry gets past, if they happen once.
TRANSIENT = ("reset", "lost", "500", "503", "502-page")
CONFLICT = canned(
    409, b"<Error><Code>ConditionalRequestConflict</Code><Message>Another copy is running.</Message></Error>"
)


@pytest.fixture(scope="module")
def proxy(store: Config) -> Iterator[Proxy]:
    proxy = Proxy(store_port(store))
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def behind(store: Config, proxy: Proxy) -> Config:
    """Settings of an API that reaches the store through the proxy; browsers reach it directly."""
    return replace(store, embedded=False, s3_endpoint_url=proxy.url)


@pytest.fixture(scope="module")
def api(behind: Config) -> Flask:
    return create_app(behind)


@pytest.fixture(scope="module")
def user(api: Flask) -> User:
    return User(api.test_client().post)


@pytest.fixture(scope="module")
def hasty_app(behind: Config) -> Flask:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "READ_TIMEOUT", SHORT)
        return create_app(behind)


@pytest.fixture
def hasty(hasty_app: Flask, monkeypatch: pytest.MonkeyPatch) -> User:
    """A client of an API with short time-outs, on the same store and with the same secret as `user`'s."""
    monkeypatch.setattr(calls, "RETRY_WINDOW", SHORT / 2)
    return User(hasty_app.test_client().post)


def public(owner: Any, upload: dict[str, Any]) -> bytes | None:
    """Return the public bytes of an upload as the bucket has them, without asking the API."""
    found = [item for item in owner.objects.filter(Prefix="uploads/") if upload["uploadId"] in item.key]
    return found[0].get()["Body"].read() if found else None


def staged(owner: Any, upload: dict[str, Any]) -> bytes | None:
    found = list(owner.objects.filter(Prefix=f"incoming/{upload['uploadId']}"))
    return found[0].get()["Body"].read() if found else None


class Completing:
    """A complete. `statuses` are those of a repeat that succeeds."""

    data, content_type = PNG, "image/png"
    statuses: tuple[int, ...] = (201, 200)

    def __init__(self, user: User, owner: Any) -> None:
        self.owner = owner
        self.upload = user.stage(self.data, self.content_type, filename="a.png")

    def do(self, user: User) -> Any:
        return user.complete(self.upload)

    def broken(self) -> None:
        assert public(self.owner, self.upload) in (None, self.data)
        assert staged(self.owner, self.upload)

    def mended(self, answer: Any) -> None:
        assert self.upload["uploadId"] in answer.json["viewURL"]
        seen = requests.get(answer.json["viewURL"], timeout=60)
        assert (seen.content, seen.headers["Content-Type"]) == (self.data, self.content_type)
        assert (answer.json["width"], answer.json["height"]) == (64, 48)


class CompletingLong(Completing):
    data, content_type = LONG, "image/jpeg"


class CompletingAgain(Completing):
    statuses = (200,)

    def __init__(self, user: User, owner: Any) -> None:
        super().__init__(user, owner)
        self.first = user.complete(self.upload).json

    def mended(self, answer: Any) -> None:
        assert answer.json == self.first
        super().mended(answer)


class Refusing(Completing):
    # 409 if the store has deleted the staged bytes and its answer was lost.
    data = PAGE
    statuses = (422, 409)

    def broken(self) -> None:
        assert public(self.owner, self.upload) is None

    def mended(self, answer: Any) -> None:
        # A discard that was cut off half way leaves a mark. Nothing publishes it, and it expires after a day: until
        # then the same upload is refused, and its client begins another.
        assert answer.json["code"] in ("not_an_image", "upload_missing", "refused")
        assert public(self.owner, self.upload) is None
        assert staged(self.owner, self.upload) in (None, b"refused")


class Deleting(CompletingAgain):
    statuses = (204,)

    def do(self, user: User) -> Any:
        return user.delete(self.first["deleteToken"])

    def broken(self) -> None:
        assert public(self.owner, self.upload) in (None, self.data)

    def mended(self, _: Any) -> None:
        assert requests.get(self.first["viewURL"], timeout=60).status_code == 404
        assert public(self.owner, self.upload) is None


class CompletingDeleted(Deleting):
    """A complete after a delete: it removes what a late copy may have published."""

    statuses = (410,)

    def __init__(self, user: User, owner: Any) -> None:
        super().__init__(user, owner)
        assert user.delete(self.first["deleteToken"]).status_code == 204

    def do(self, user: User) -> Any:
        return user.complete(self.upload)


class Ready:
    statuses = (200,)

    def __init__(self, user: User, owner: Any) -> None:
        pass

    def do(self, user: User) -> Any:
        return user.post.__self__.get("/health/ready")  # type: ignore[attr-defined]

    def broken(self) -> None:
        pass

    def mended(self, answer: Any) -> None:
        assert answer.json == {"status": "ok"}


class MakingAlbum:
    statuses: tuple[int, ...] = (201,)

    def __init__(self, user: User, owner: Any) -> None:
        self.owner = owner
        self.pictures = [{"viewURL": user.publish(PNG, "image/png")["viewURL"]}]

    def client(self, user: User) -> FlaskClient:
        found: FlaskClient = user.post.__self__  # type: ignore[attr-defined]
        return found

    def do(self, user: User) -> Any:
        return user.post("/albums", json={"title": "T", "pictures": self.pictures})

    def broken(self) -> None:
        # Whatever is there is whole.
        for item in self.owner.objects.filter(Prefix="albums/"):
            assert not item.size or json.loads(item.get()["Body"].read())["pictures"]

    def mended(self, answer: Any) -> None:
        self.broken()
        assert answer.json["pictures"][0]["viewURL"] == self.pictures[0]["viewURL"]


class ReadingAlbum(MakingAlbum):
    statuses = (200,)

    def __init__(self, user: User, owner: Any) -> None:
        super().__init__(user, owner)
        self.album = super().do(user).json

    def do(self, user: User) -> Any:
        return self.client(user).get(f"/albums/{self.album['albumId']}")


class EditingAlbum(ReadingAlbum):
    def do(self, user: User) -> Any:
        body = {"editToken": self.album["editToken"], "version": 1, "title": "Edited", "pictures": self.pictures}
        return self.client(user).put(f"/albums/{self.album['albumId']}", json=body)

    def mended(self, answer: Any) -> None:
        super().mended(answer)
        # Once, however often its answer was lost.
        assert (answer.json["title"], answer.json["version"]) == ("Edited", 2)


class DeletingAlbum(ReadingAlbum):
    statuses = (204,)

    def do(self, user: User) -> Any:
        self.user = user
        return user.post("/albums/delete", json={"editToken": self.album["editToken"]})

    def mended(self, _: Any) -> None:
        assert self.client(self.user).get(f"/albums/{self.album['albumId']}").status_code == 410


@dataclass(frozen=True)
class Call:
    """A call to the store: what makes the API send it, and how the proxy recognises it."""

    use: Callable[[User, Any], Any]
    pattern: str
    skip: int = 0


CALLS = {
    "read_staged": Call(Completing, "^GET /[^/]+/incoming/"),
    "read_range": Call(CompletingLong, "^GET /[^/]+/incoming/", skip=1),
    "block list": Call(Completing, "^GET /[^/]+$"),
    "copy": Call(Completing, "^PUT /[^/]+/uploads/"),
    "find_published": Call(CompletingAgain, "^HEAD /[^/]+/uploads/"),
    "is_deleted": Call(Completing, "^HEAD /[^/]+/incoming/deleted/"),
    "discard": Call(Refusing, "^DELETE /[^/]+/incoming/"),
    "mark": Call(Deleting, "^PUT /[^/]+/incoming/deleted/"),
    "staged mark": Call(Deleting, "^PUT /[^/]+/incoming/[^/]+$"),
    "delete": Call(Deleting, "^DELETE /[^/]+/uploads/"),
    "withdraw": Call(CompletingDeleted, "^DELETE /[^/]+/uploads/"),
    "check": Call(Ready, "^HEAD /[^/]+$"),
    "album": Call(MakingAlbum, "^PUT /[^/]+/albums/"),
    "album picture": Call(MakingAlbum, "^HEAD /[^/]+/uploads/"),
    "read album": Call(ReadingAlbum, "^GET /[^/]+/albums/"),
    "edit album": Call(EditingAlbum, "^PUT /[^/]+/albums/"),
    "delete album": Call(DeletingAlbum, "^PUT /[^/]+/albums/"),
}
#: Calls of which the API reads only the status, so that these faults may go unnoticed.
STATUS_IS_ALL = {("check", name) for name in FAULTS if name.startswith("200-")} | {
    (call, "cut")
    for call in (
        *("check", "is_deleted", "discard", "mark", "staged mark", "delete", "withdraw"),
        *("album", "edit album", "delete album"),
    )
}


#: The kinds of trouble among these faults that only the operator can end.
LASTING = ("permission", "credentials", "clock")


@pytest.fixture(autouse=True)
def nothing_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "READY_TTL", -1)
    monkeypatch.setattr(blocklist, "REFRESH", -1)


def says_repeat_later(answer: Any) -> bool:
    """Say whether it asks for a repeat; a refusal that lasts must not, as the operator has to act first."""
    assert answer.status_code == 503, answer.text
    assert answer.content_type == "application/problem+json"
    assert "127.0.0.1" not in answer.text
    if answer.json["kind"] in LASTING:
        assert answer.json["code"] == "store_misconfigured"
        return "Retry-After" not in answer.headers and "again" not in answer.json["detail"].lower()
    assert answer.json["code"] == "store_unavailable"
    return int(answer.headers["Retry-After"]) > 0


def repeat(use: Any, user: User) -> None:
    """Make the call again without a fault, and assert that it succeeds."""
    repeated = use.do(user)
    assert repeated.status_code in use.statuses
    use.mended(repeated)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", QUICK)
def test_fault_breaks_nothing_and_a_repeat_succeeds(
    user: User, owner: Any, proxy: Proxy, call: str, fault: str
) -> None:
    use = CALLS[call].use(user, owner)
    with proxy.broken(QUICK[fault], CALLS[call].pattern, CALLS[call].skip) as rule:
        answer = use.do(user)
        assert rule.hits
        if (call, fault) not in STATUS_IS_ALL or answer.status_code not in use.statuses:
            assert says_repeat_later(answer)
        use.broken()
    repeat(use, user)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", SLOW)
def test_slowness_breaks_nothing_and_a_repeat_succeeds(
    user: User, hasty: User, owner: Any, proxy: Proxy, call: str, fault: str
) -> None:
    use = CALLS[call].use(user, owner)
    with proxy.broken(SLOW[fault], CALLS[call].pattern, CALLS[call].skip) as rule:
        answer = use.do(hasty)
        # The API does not retry after a time-out: no client waits twice.
        assert rule.hits == 1
        if fault == "slow-under":
            assert answer.status_code in use.statuses
        else:
            assert says_repeat_later(answer)
            use.broken()
    repeat(use, user)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", TRANSIENT)
def test_client_does_not_notice_a_fault_that_happens_once(
    user: User, owner: Any, proxy: Proxy, call: str, fault: str
) -> None:
    use = CALLS[call].use(user, owner)
    with proxy.broken(FAULTS[fault], CALLS[call].pattern, CALLS[call].skip, times=1) as rule:
        answer = use.do(user)
        assert rule.hits == 1
    assert answer.status_code in use.statuses
    use.mended(answer)


# The most dangerous faults


def test_failed_copy_that_answers_200_is_not_taken_for_published(user: User, owner: Any, proxy: Proxy) -> None:
    # S3 may answer 200 before the copy ends, and report an error in the body.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    upload = user.stage(PNG, "image/png")
    for name in ("200-error", "200-page", "200-nothing", "200-garbage"):
        with proxy.broken(FAULTS[name], "^PUT /[^/]+/uploads/"):
            assert says_repeat_later(user.complete(upload)), name
        assert public(owner, upload) is None
    assert user.complete(upload).status_code == 201


def test_complete_during_another_copy_may_be_repeated(user: User, proxy: Proxy) -> None:
    # AWS answers this while an earlier copy, whose answer was lost, is still running.
    upload = user.stage(PNG, "image/png")
    with proxy.broken(CONFLICT, "^PUT /[^/]+/uploads/"):
        assert says_repeat_later(user.complete(upload))
    first = user.complete(upload)
    assert first.status_code == 201
    with proxy.broken(CONFLICT, "^PUT /[^/]+/uploads/"):
        again = user.complete(upload)
    assert (again.status_code, again.json) == (200, first.json)


def test_copy_that_arrives_after_the_delete_publishes_nothing(
    user: User, hasty: User, owner: Any, proxy: Proxy
) -> None:
    upload = user.stage(PNG, "image/png")
    with proxy.broken(late, "^PUT /[^/]+/uploads/", times=1) as rule:
        assert says_repeat_later(hasty.complete(upload))
        result = user.complete(upload)
        assert result.status_code == 201
        assert user.delete(result.json["deleteToken"]).status_code == 204
    assert rule.ended.wait(10)
    assert public(owner, upload) is None
    assert requests.get(result.json["viewURL"], timeout=60).status_code == 404
    assert user.complete(upload).status_code == 410


def key(upload: dict[str, Any]) -> str:
    return f"7d/{upload['uploadId']}.png"


def run(api: Flask, *command: str) -> str:
    done = api.test_cli_runner().invoke(args=command)
    assert done.exit_code == 0, done.output
    return done.output


def take_down(user: User, api: Flask, upload: dict[str, Any]) -> None:
    """Delete a picture as its operator does."""
    assert run(api, "images", "delete", key(upload)).startswith(key(upload))


def delete(user: User, api: Flask, upload: dict[str, Any]) -> None:
    """Delete a picture as its uploader does."""
    assert user.delete(services(api).tokens.sign_delete(key(upload))).status_code == 204


def complete(user: User, api: Flask, upload: dict[str, Any]) -> None:
    assert user.complete(upload).status_code == 410


def expire(user: User, api: Flask, upload: dict[str, Any]) -> None:
    assert "1 withdrawn" in run(api, "storage", "expire")
    assert "withdrawn" not in run(api, "storage", "expire")


@pytest.mark.parametrize("away", [delete, take_down])
def test_copy_that_ends_behind_a_delete_is_taken_back(
    user: User, api: Flask, owner: Any, proxy: Proxy, away: Callable[..., None]
) -> None:
    upload = user.stage(PNG, "image/png", expiresIn="7d")
    with proxy.broken(torn(owner, lambda: away(user, api, upload)), "^PUT /[^/]+/uploads/", times=1) as rule:
        answer = user.complete(upload)
        assert rule.hits == 1
    assert (answer.status_code, answer.json["code"]) == (410, "deleted")
    assert public(owner, upload) is None
    assert user.complete(upload).status_code == 410


@pytest.mark.parametrize("away", [delete, take_down])
@pytest.mark.parametrize("mend", [complete, delete, take_down, expire])
def test_copy_that_a_dead_process_left_behind_a_delete_is_taken_back_by_the_next_call(
    user: User, api: Flask, owner: Any, proxy: Proxy, away: Callable[..., None], mend: Callable[..., None]
) -> None:
    upload = user.stage(PNG, "image/png", expiresIn="7d")
    with (
        proxy.broken(torn(owner, lambda: away(user, api, upload)), "^PUT /[^/]+/uploads/", times=1),
        # No request that the process sends after the copy gets through.
        proxy.broken(FAULTS["reset"], "^HEAD /[^/]+/incoming/deleted/"),
    ):
        assert says_repeat_later(user.complete(upload))
    assert public(owner, upload) == PNG
    mend(user, api, upload)
    assert public(owner, upload) is None
    assert user.complete(upload).status_code == 410


def test_copy_whose_answer_was_lost_behind_a_delete_is_taken_back(
    user: User, api: Flask, owner: Any, proxy: Proxy
) -> None:
    # The API loses the answer and repeats the copy. The store refuses the repeat: the first copy is public already.
    upload = user.stage(PNG, "image/png", expiresIn="7d")
    broken = torn(owner, lambda: delete(user, api, upload))

    def torn_and_lost(rule: Any, request: Any, forward: Any, send: Any) -> None:
        broken(rule, request, forward, lambda _: None)
        raise Dropped

    with proxy.broken(torn_and_lost, "^PUT /[^/]+/uploads/", times=1) as rule:
        answer = user.complete(upload)
        assert rule.hits == 1
    assert (answer.status_code, answer.json["code"]) == (410, "deleted")
    assert public(owner, upload) is None


def test_discard_that_arrives_late_deletes_no_published_picture(
    user: User, hasty: User, owner: Any, proxy: Proxy
) -> None:
    upload = user.stage(b"?" * len(PNG), "image/png")
    with proxy.broken(late, "^DELETE /[^/]+/incoming/", times=1) as rule:
        assert says_repeat_later(hasty.complete(upload))
        # Until the discard arrives, nobody can stage anything else under its key.
        assert user.complete(upload).json["code"] == "refused"
        assert user.put(upload, PNG).status_code == 412
    assert rule.ended.wait(10)
    assert user.put(upload, PNG).status_code == 200
    result = user.complete(upload)
    assert result.status_code == 201
    assert requests.get(result.json["viewURL"], timeout=60).content == PNG
    again = user.complete(upload)
    assert (again.status_code, again.json) == (200, result.json)


def test_nobody_can_undo_a_delete_that_was_cut_off_half_way(user: User, owner: Any, proxy: Proxy) -> None:
    upload = user.stage(PNG, "image/png")
    result = user.complete(upload).json
    with proxy.broken(FAULTS["503"], "^DELETE /[^/]+/uploads/"):
        assert says_repeat_later(user.delete(result["deleteToken"]))
    # The delete has left its marks, so no complete hands out the link again.
    assert user.complete(upload).status_code == 410
    assert user.put(upload, PNG).status_code == 412
    assert user.delete(result["deleteToken"]).status_code == 204
    assert public(owner, upload) is None


def test_page_in_place_of_the_picture_does_not_lose_the_upload(user: User, owner: Any, proxy: Proxy) -> None:
    upload = user.stage(PNG, "image/png")
    with proxy.broken(FAULTS["200-page"], "^GET /[^/]+/incoming/"):
        assert says_repeat_later(user.complete(upload))
    assert staged(owner, upload)
    assert user.complete(upload).status_code == 201


def test_client_does_not_notice_stale_connections(user: User, proxy: Proxy) -> None:
    # After a pause, the store has closed connections that the API's pool still holds.
    for _ in range(3):
        upload = user.stage(PNG, "image/png")
        proxy.drop()
        assert user.complete(upload).status_code == 201


# A store that hangs


def test_calls_to_a_store_that_hangs_are_refused_at_once_until_it_answers(
    hasty: User, hasty_app: Flask, user: User, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = [user.stage(PNG, "image/png") for _ in range(turns.CALLS + 8)]

    def complete(upload: dict[str, Any]) -> Any:
        return User(hasty_app.test_client().post).complete(upload)

    with (
        monkeypatch.context() as patch,
        proxy.broken(silent, "^GET /[^/]+/incoming/") as rule,
        ThreadPoolExecutor(len(uploads)) as pool,
    ):
        patch.setattr(turns, "TURN_TIMEOUT", 0.1)
        answers = list(pool.map(complete, uploads))
        assert all(says_repeat_later(answer) for answer in answers)
        # The API refused the others without asking the store.
        assert rule.hits == turns.CALLS
    with ThreadPoolExecutor(len(uploads)) as pool:
        until(lambda: all(answer.status_code in (200, 201) for answer in pool.map(complete, uploads)))


# A clock that is wrong


@pytest.mark.parametrize("minutes", [-20, 20])
def test_log_names_a_wrong_clock(user: User, owner: Any, minutes: int, caplog: pytest.LogCaptureFixture) -> None:
    sound = user.stage(PNG, "image/png")
    with time_machine.travel(time.time() + 60 * minutes):
        upload = user.init(PNG, "image/png")
        assert says_repeat_later(user.complete(sound))
        assert "RequestTimeTooSkewed" in caplog.text
        caplog.clear()
        assert says_repeat_later(Ready(user, owner).do(user))
        [message] = [line.getMessage() for line in caplog.records if line.levelname == "ERROR"]
        assert "clock. This server's clock says" in message
    # SeaweedFS accepts a URL that was signed 20 minutes in the future; AWS does not.
    assert user.put(upload, PNG).status_code in ((403,) if minutes < 0 else (200, 403))
    assert public(owner, upload) is None
    assert user.complete(sound).status_code == 201
