"""A real SeaweedFS, started as `make run` starts it, and the app in front of it."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import requests
from flask import Flask

from app import create_app, embedded
from app.services import services
from app.storage import Storage, Upkeep, blocklist, client, turns
from config import Config
from tests.conftest import free_port
from tests.rigs import ceph

ORIGIN = "https://page.test"


@pytest.fixture(scope="session")
def store(
    request: pytest.FixtureRequest, configure: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Config]:
    """Start the store for the whole run; it ends when this process does."""
    if running := request.config.getoption("--running"):
        config = pickle.loads(running.read_bytes())  # noqa: S301  (a Config of test_guards.py)
        Upkeep(config, Storage(config)).set_up(config.page_origins)
        yield config
        return
    port = free_port()
    if request.config.getoption("--store") == "ceph":
        with ceph.running(tmp_path_factory.mktemp("ceph"), port) as credentials:
            config = configure(
                credentials=credentials, s3_endpoint_url=f"http://127.0.0.1:{port}", cors_origins=[ORIGIN]
            )
            Upkeep(config, Storage(config)).set_up([ORIGIN])
            yield config
    else:
        config = configure(
            embedded=True,
            credentials=None,
            s3_endpoint_url=None,
            s3_port=port,
            instance_path=tmp_path_factory.mktemp("instance"),
            cors_origins=[ORIGIN],
        )
        yield embedded.start(config)


@dataclass(frozen=True)
class Traits:
    """How stores differ. docs/adr/0007-second-opinion-ceph.md says what follows from it."""

    #: The status that a stranger gets for a public key without an object.
    absent: int
    #: Whether a copy obeys CopySourceIfMatch and If-None-Match.
    copies_on_condition: bool
    #: Whether the store refuses a PUT whose bytes don't match the signed checksum.
    compares_checksums: bool


TRAITS = {
    "seaweedfs": Traits(absent=404, copies_on_condition=True, compares_checksums=True),
    "ceph": Traits(absent=403, copies_on_condition=False, compares_checksums=False),
}
#: Tests that must fail on a store, and why. If one passes, the run fails: the store has closed the gap.
GAPS = {
    "seaweedfs": {},
    "ceph": {
        "test_upload_with_checksum_is_verified_by_the_store": "stores bytes that don't match the checksum",
        "test_put_of_something_else_is_refused[acl]": "accepts an unsigned x-amz- header (and ignores the ACL)",
        "test_put_of_something_else_is_refused[metadata]": "accepts an unsigned x-amz- header",
        "test_complete_twice_gives_the_same_answer": "copies again: the same answer, but 201 instead of 200",
        "test_many_completes_at_once_publish_once": "copies again: the same answer, but 201 instead of 200",
        "test_link_never_changes_even_when_the_staged_bytes_do": "copies again; staged bytes can't change there",
    },
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if reason := GAPS[config.getoption("--store")].get(item.name):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture(scope="session")
def traits(request: pytest.FixtureRequest) -> Traits:
    return TRAITS[request.config.getoption("--store")]


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the store for as long as a busy machine may need; test_faults.py tests production's time-outs.

    What an app knows of the block list lasts, so that the requests of each call can be counted.
    """
    monkeypatch.setattr(blocklist, "REFRESH", 24 * 60 * 60)
    for module, name in ((client, "CONNECT_TIMEOUT"), (client, "READ_TIMEOUT"), (turns, "TURN_TIMEOUT")):
        monkeypatch.setattr(module, name, 60)


@pytest.fixture
def app(store: Config, patience: None) -> Flask:
    return informed(create_app(store))


def informed(app: Flask) -> Flask:
    """Let an app ask whether anything is blocked, as each does with its first picture."""
    services(app).storage.blocklist.is_empty()
    return app


@dataclass
class User:
    """A client of the API (through `post`) and of the store."""

    post: Callable[..., Any]

    def init(self, data: bytes, content_type: str, **fields: Any) -> dict[str, Any]:
        answer = self.post("/uploads/init", json={"contentType": content_type, "size": len(data), **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def put(self, upload: dict[str, Any], data: bytes, **headers: str) -> requests.Response:
        return requests.put(upload["uploadURL"], data=data, headers={**upload["headers"], **headers}, timeout=60)

    def complete(self, upload: dict[str, Any]) -> Any:
        return self.post("/uploads/complete", json={"uploadToken": upload["uploadToken"]})

    def delete(self, token: str) -> Any:
        return self.post("/uploads/delete", json={"deleteToken": token})

    def stage(self, data: bytes, content_type: str, **fields: Any) -> dict[str, Any]:
        upload = self.init(data, content_type, **fields)
        assert self.put(upload, data).status_code == 200
        return upload

    def publish(self, data: bytes, content_type: str, **fields: Any) -> dict[str, Any]:
        answer = self.complete(self.stage(data, content_type, **fields))
        assert answer.status_code == 201, answer.text
        return dict(answer.json)


@pytest.fixture
def user(app: Flask) -> User:
    return User(app.test_client().post)


def store_port(store: Config) -> int:
    """Return the port of the store itself, behind the edge."""
    return urlsplit(str(store.s3_endpoint_url)).port or 0


def another_bucket(store: Config, name: str) -> Config:
    """Return settings for another bucket of the same store, which the edge does not know: its links name the store."""
    return replace(
        store,
        s3_bucket=name,
        s3_public_endpoint_url=store.s3_endpoint_url,
        public_base_url=f"{store.s3_endpoint_url}/{name}/uploads",
        store_referer=None,
    )


EVIL = {"Origin": "https://evil.test"}


def refuses_strangers(port: int, reads: Iterable[str], writes: Iterable[str]) -> None:
    """Fail if a port of the store answers a page of another site that reads these paths, or writes to those."""
    store = f"http://127.0.0.1:{port}"
    for method, paths, data in (("GET", reads, None), ("PUT", writes, b"x")):
        for path in paths:
            try:
                answer = requests.request(method, store + path, data=data, headers=EVIL, timeout=60)
            except requests.ConnectionError:
                continue  # gRPC, or nothing at all
            assert answer.status_code >= 400, (method, port, path)


def bucket(store: Config) -> Any:
    """Return the bucket as its owner sees it, past the app."""
    assert store.credentials
    access_key, secret_key = store.credentials
    return boto3.resource(
        "s3",
        endpoint_url=store.s3_endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    ).Bucket(store.s3_bucket)


@pytest.fixture(scope="session")
def owner(store: Config) -> Any:
    return bucket(store)
