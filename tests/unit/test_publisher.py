"""What is published, and what is refused, through the API and on moto: also what a strict store would never let in."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask

from app import create_app
from app.pictures import HEAD_BYTES
from app.services import services
from config import Config
from tests.conftest import picture
from tests.unit.conftest import ORIGIN, keys

PNG = picture("image/png")

Configure = Callable[..., Config]


def stage(app: Flask, data: bytes, *, content_type: str = "image/png", size: int | None = None) -> str:
    promise = {"contentType": content_type, "size": len(data) if size is None else size}
    upload = app.test_client().post("/uploads/init", json=promise).json
    assert requests.put(upload["uploadURL"], data=data, headers=upload["headers"], timeout=60).ok
    return upload["uploadToken"]


@pytest.mark.parametrize("size", [1, len(PNG) - 1, len(PNG) + 1, 2 * HEAD_BYTES])
def test_complete_refuses_another_size_than_promised(moto_app: Flask, owner: Any, size: int) -> None:
    # Also where a store lets another length pass, as moto does.
    token = stage(moto_app, PNG, size=size)
    answer = moto_app.test_client().post("/uploads/complete", json={"uploadToken": token})
    assert (answer.status_code, answer.json["code"]) == (422, "size_mismatch")
    assert str(len(PNG)) in answer.json["detail"]
    assert str(size) in answer.json["detail"]
    assert keys(owner) == []


def test_complete_refuses_nothing_at_all(moto_app: Flask, owner: Any) -> None:
    # A ranged GET of an empty object is answered 416.
    token = stage(moto_app, b"", size=5)
    answer = moto_app.test_client().post("/uploads/complete", json={"uploadToken": token})
    assert (answer.status_code, answer.json["code"]) == (422, "size_mismatch")
    assert keys(owner) == []


def test_complete_looks_no_further_than_it_says(moto_app: Flask, owner: Any) -> None:
    data = picture("image/jpeg", icc_profile=bytes(5 * 1024**2))
    token = stage(moto_app, data, content_type="image/jpeg")
    answer = moto_app.test_client().post("/uploads/complete", json={"uploadToken": token})
    assert (answer.status_code, answer.json["code"]) == (422, "not_an_image")
    assert "4194304" in answer.json["detail"]
    assert keys(owner) == []


def test_complete_refuses_too_many_pixels_by_one(aws: Config, configure: Configure) -> None:
    for limit, status in ((64 * 48, 201), (64 * 48 - 1, 422)):
        app = create_app(configure(s3_endpoint_url=None, aws_region="eu-central-1", max_pixels=limit))
        services(app).upkeep.set_up([ORIGIN])
        token = stage(app, PNG)
        answer = app.test_client().post("/uploads/complete", json={"uploadToken": token})
        assert answer.status_code == status
    assert answer.json["code"] == "too_many_pixels"
    assert str(limit) in answer.json["detail"]
