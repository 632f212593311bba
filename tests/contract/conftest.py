"""A real SeaweedFS, started as `make run` starts it, and the app in front of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests
from flask import Flask

from app import create_app, seaweedfs
from config import Config
from tests.conftest import free_port

ORIGIN = "https://page.test"


@pytest.fixture(scope="session")
def store(configure: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Start the store for the whole run; it ends when this process does."""
    config = configure(
        embedded=True,
        credentials=None,
        s3_endpoint_url=None,
        s3_port=free_port(),
        instance_path=tmp_path_factory.mktemp("instance"),
        cors_origins=[ORIGIN],
    )
    return seaweedfs.start(config)


@dataclass(frozen=True)
class Traits:
    """In what stores differ, all of them being right."""

    #: The status of a public key without an object, to strangers.
    absent: int


@pytest.fixture(scope="session")
def traits() -> Traits:
    return Traits(absent=404)


@pytest.fixture
def app(store: Config) -> Flask:
    return create_app(store)


@dataclass
class User:
    """Somebody between the API, which `post` asks, and the store."""

    post: Callable[..., Any]

    def init(self, data: bytes, content_type: str, **fields: Any) -> dict[str, Any]:
        answer = self.post("/uploads/init", json={"contentType": content_type, "size": len(data), **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def put(self, upload: dict[str, Any], data: bytes, **headers: str) -> requests.Response:
        return requests.put(upload["uploadURL"], data=data, headers={**upload["headers"], **headers}, timeout=10)

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


@pytest.fixture(scope="session")
def owner(store: Config) -> Any:
    """The bucket as its owner sees it, past the app."""
    access_key, secret_key = store.credentials
    return boto3.resource(
        "s3",
        endpoint_url=store.s3_endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    ).Bucket(store.s3_bucket)
