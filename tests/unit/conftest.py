"""A store that exists in memory only, one that can't be reached, and apps in front of either."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from flask import Flask
from flask.testing import FlaskClient
from moto import mock_aws

from app import create_app
from app.services import services
from app.storage import Storage
from config import ROOT, Config

ORIGIN = "https://page.test"


# Not for a session: the process goes on to tests of other folders, whose servers answer as they like.
@pytest.fixture(scope="module", autouse=True)
def documented_problems() -> Iterator[None]:
    """Fail a test in which a call answers a problem that docs/openapi.json does not list for it."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    ask = FlaskClient.open

    def check(client: FlaskClient, *args: Any, **options: Any) -> Any:
        answer = ask(client, *args, **options)
        asked = answer.request.environ
        call = document["paths"].get(asked["PATH_INFO"], {}).get(asked["REQUEST_METHOD"].lower())
        if call and answer.content_type == "application/problem+json":
            listed = call["responses"][str(answer.status_code)]
            if "$ref" in listed:
                listed = document["components"]["responses"][listed["$ref"].rpartition("/")[2]]
            assert answer.json["code"] in listed["content"][answer.content_type]["examples"]
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FlaskClient, "open", check)
        yield


@pytest.fixture(scope="session")
def client(configure: Callable[..., Config]) -> FlaskClient:
    """Return a client of an app that needs no store for what is asked of it."""
    return create_app(configure(cors_origins=[ORIGIN])).test_client()


@pytest.fixture
def aws(configure: Callable[..., Config]) -> Iterator[Config]:
    """Settings as on AWS, with moto in its place: good for code paths, not for what a store must refuse."""
    with mock_aws():
        yield configure(s3_endpoint_url=None, aws_region="eu-central-1")


@pytest.fixture
def moto_app(aws: Config) -> Flask:
    app = create_app(aws)
    services(app).upkeep.set_up([ORIGIN])
    return app


@pytest.fixture
def storage(moto_app: Flask) -> Storage:
    return services(moto_app).storage


@pytest.fixture
def owner(moto_app: Flask, aws: Config) -> Any:
    """The bucket's objects as its owner sees them, past the app."""
    return boto3.resource("s3", "eu-central-1").Bucket(aws.s3_bucket)


@pytest.fixture
def down(configure: Callable[..., Config], monkeypatch: pytest.MonkeyPatch) -> Iterator[Config]:
    """Settings with a store that refuses every connection."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    with socket.socket() as held:
        # Bound, so that nobody else gets the port; not listening, so that it is closed.
        held.bind(("127.0.0.1", 0))
        yield configure(s3_endpoint_url=f"http://127.0.0.1:{held.getsockname()[1]}")


@pytest.fixture
def down_storage(down: Config) -> Storage:
    return Storage(down)


def keys(owner: Any) -> list[str]:
    return sorted(item.key for item in owner.objects.all())
