"""REJECT_LOCATION on a real store: no picture with a GPS position gets a link."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image as Pillow

from app import create_app
from app.pictures import HEAD_BYTES
from app.storage import Storage
from config import Config
from tests.conftest import PICTURES, picture
from tests.contract.conftest import User, informed
from tests.contract.test_uploads import exists, public_key, staged_key


def positioned() -> Pillow.Exif:
    block = Pillow.Exif()
    block[0x010E] = "a place"
    block.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    return block


def noise(form: str) -> bytes:
    """Make a picture that is longer than the head that the API reads first."""
    buffer = io.BytesIO()
    Pillow.effect_noise((500, 500), 100).convert("RGB").save(buffer, form, quality=95)
    return buffer.getvalue()


@pytest.fixture
def careful(store: Config, patience: None) -> User:
    return User(informed(create_app(replace(store, reject_location=True))).test_client().post)


@pytest.mark.parametrize(
    ("data", "content_type", "extension"),
    [
        ((PICTURES / "photo.jpg").read_bytes(), "image/jpeg", "jpg"),
        (picture("image/jpeg", exif=positioned()), "image/jpeg", "jpg"),
        (picture("image/png", exif=positioned()), "image/png", "png"),
        (picture("image/webp", (3000, 3000), lossless=True, exif=positioned()), "image/webp", "webp"),
        (picture("image/avif", exif=positioned()), "image/avif", "avif"),
    ],
    ids=["photo", "jpeg", "png", "webp", "avif"],
)
def test_picture_with_a_position_is_refused(
    careful: User, owner: Any, data: bytes, content_type: str, extension: str
) -> None:
    upload = careful.stage(data, content_type)
    answer = careful.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (422, "location_found")
    assert not exists(owner, staged_key(upload, extension))
    assert not exists(owner, public_key(upload, extension))


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"])
def test_picture_without_a_position_is_published(careful: User, content_type: str) -> None:
    careful.publish(picture(content_type), content_type)


@pytest.mark.parametrize(
    ("data", "content_type", "reads"),
    [
        (picture("image/jpeg", (3000, 2000), quality=95), "image/jpeg", 1),
        (noise("WEBP"), "image/webp", 1),
        (noise("AVIF"), "image/avif", 1),
        # Its pixels come in many chunks, and metadata may follow them.
        (noise("PNG"), "image/png", 2),
    ],
    ids=["jpeg", "webp", "avif", "png"],
)
def test_search_for_a_position_reads_the_store_only_as_often_as_needed(
    careful: User, asked: list[str], data: bytes, content_type: str, reads: int
) -> None:
    assert len(data) > HEAD_BYTES
    upload = careful.stage(data, content_type)
    asked.clear()
    assert careful.complete(upload).status_code == 201
    assert asked == [*["GET"] * reads, "PUT", "HEAD"]


def test_overwrite_before_the_end_is_searched_publishes_nothing(
    careful: User, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = noise("PNG")
    upload = careful.stage(data, "image/png")
    read_range = Storage.read_range

    def overwritten_first(*arguments: Any) -> bytes:
        owner.put_object(Key=staged_key(upload), Body=data[:-1] + b"x", ContentType="image/png")
        return read_range(*arguments)

    monkeypatch.setattr(Storage, "read_range", overwritten_first)
    answer = careful.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (409, "upload_changed")
    assert not exists(owner, public_key(upload))


def test_picture_with_a_position_is_published_without_the_setting(user: User) -> None:
    user.publish((PICTURES / "photo.jpg").read_bytes(), "image/jpeg")
