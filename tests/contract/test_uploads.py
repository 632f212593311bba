"""What the API and the store answer to each upload, good or bad, on a real store."""

import base64
import hashlib
import struct
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
import time_machine
from flask import Flask
from PIL import ImageCms

from app import create_app
from app.services import services
from config import Config
from tests.conftest import FORMATS, PICTURES, picture
from tests.contract.conftest import ORIGIN, Traits, User

PNG = picture("image/png")


def exists(owner: Any, key: str) -> bool:
    return any(item.key == key for item in owner.objects.filter(Prefix=key))


def staged_key(upload: dict[str, Any], extension: str = "png") -> str:
    return f"incoming/{upload['uploadId']}.{extension}"


def public_key(upload: dict[str, Any], extension: str = "png") -> str:
    return f"uploads/{upload['uploadId']}.{extension}"


# What is published


@pytest.mark.parametrize("content_type", FORMATS)
def test_upload_publishes_the_same_bytes(user: User, content_type: str) -> None:
    data = picture(content_type)
    result = user.publish(data, content_type, filename="été 東京.png")
    assert (result["width"], result["height"], result["size"]) == (64, 48, len(data))
    assert result["contentType"] == content_type
    assert result["expiresAt"] is None

    seen = requests.get(result["viewURL"], timeout=60)
    assert seen.content == data
    assert seen.headers["Content-Type"] == content_type
    assert seen.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "x-amz-meta-filename" not in seen.headers


def test_upload_keeps_the_file_name_in_content_disposition(user: User) -> None:
    result = user.publish(PNG, "image/png", filename="été 東京.png")
    assert result["filename"] == "été 東京.png"
    seen = requests.get(result["viewURL"], timeout=60)
    assert seen.headers["Content-Disposition"] == "inline; filename*=UTF-8''%C3%A9t%C3%A9%20%E6%9D%B1%E4%BA%AC.png"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("evil.html", "evil.html.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\me\\shot.PNG", "shot.PNG"),
        ('a"; filename=b.exe', 'a"; filename=b.exe.png'),
        ("line\r\nSet-Cookie: a=b.png", "lineSet-Cookie: a=b.png"),
        ("gpj.\u202eexe.png", "gpj.exe.png"),
        ("\ud800", "picture.png"),
        ("/", "picture.png"),
        ("😀" * 255, "😀" * 255 + ".png"),
    ],
)
def test_upload_makes_a_file_name_safe(user: User, given: str, kept: str) -> None:
    result = user.publish(PNG, "image/png", filename=given)
    assert result["filename"] == kept
    seen = requests.get(result["viewURL"], timeout=60)
    assert seen.status_code == 200
    assert "Set-Cookie" not in seen.headers


@pytest.mark.parametrize("name", sorted(path.name for path in PICTURES.glob("*.*") if path.suffix != ".md"))
def test_upload_takes_real_pictures(user: User, name: str) -> None:
    data = (PICTURES / name).read_bytes()
    content_type = {
        "jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif"
    }[name.rpartition(".")[2]]  # fmt: skip
    result = user.publish(data, content_type, filename=name)
    assert requests.get(result["viewURL"], timeout=60).content == data


def test_upload_with_checksum_is_verified_by_the_store(user: User) -> None:
    digest = base64.b64encode(hashlib.sha256(PNG).digest()).decode()
    upload = user.init(PNG, "image/png", sha256=digest)
    assert user.put(upload, PNG[:-1] + b"?").status_code == 400
    assert user.put(upload, PNG).status_code == 200
    assert user.complete(upload).status_code == 201


def test_upload_reads_on_behind_a_large_profile(user: User) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = picture("image/jpeg", icc_profile=profile + bytes(300_000))
    assert user.publish(data, "image/jpeg")["width"] == 64


def test_upload_that_expires_gets_the_prefix_of_its_class(user: User, owner: Any) -> None:
    result = user.publish(PNG, "image/png", expiresIn="7d")
    assert "/uploads/7d/" in result["viewURL"]
    assert result["expiresAt"] is not None
    rules = owner.meta.client.get_bucket_lifecycle_configuration(Bucket=owner.name)["Rules"]
    days = {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in rules}
    of_pictures = {prefix: count for prefix, count in days.items() if not prefix.startswith("albums/")}
    assert of_pictures == {"incoming/": 1, "uploads/1d/": 1, "uploads/7d/": 7, "uploads/30d/": 30}


def test_init_asks_nothing_and_complete_asks_three_times(user: User, asked: list[str]) -> None:
    upload = user.init(PNG, "image/png")
    assert asked == []
    user.put(upload, PNG)
    assert user.complete(upload).status_code == 201
    assert asked == ["GET", "PUT", "HEAD"]


# What the store refuses


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PNG + b"more", {}),
        (PNG[:-1], {}),
        (PNG, {"Content-Type": "text/html"}),
        (PNG, {"x-amz-acl": "public-read"}),
        (PNG, {"x-amz-meta-deleted": ""}),
        (PNG, {"If-None-Match": ""}),
    ],
    ids=["longer", "shorter", "type", "acl", "metadata", "no-if-none-match"],
)
def test_put_of_something_else_is_refused(user: User, owner: Any, body: bytes, headers: dict[str, str]) -> None:
    upload = user.init(PNG, "image/png")
    assert user.put(upload, body, **headers).status_code == 403
    assert not exists(owner, staged_key(upload))


def test_second_put_is_refused(user: User) -> None:
    upload = user.stage(PNG, "image/png")
    assert user.put(upload, PNG).status_code == 412


def test_put_to_another_key_is_refused(user: User, owner: Any) -> None:
    upload = user.init(PNG, "image/png")
    parts = urlsplit(upload["uploadURL"])
    for path in (f"/images/uploads/{upload['uploadId']}.png", "/images/incoming/other.png"):
        upload["uploadURL"] = urlunsplit(parts._replace(path=path))
        # The store refuses it, or the edge lets it nowhere.
        assert user.put(upload, PNG).status_code in (403, 404)
        assert not exists(owner, path.removeprefix("/images/"))


def test_put_after_the_url_expired_is_refused(store: Config, owner: Any) -> None:
    with time_machine.travel(time.time() - 3600):
        user = User(create_app(store).test_client().post)
        upload = user.init(PNG, "image/png")
    assert user.put(upload, PNG).status_code == 403
    assert not exists(owner, staged_key(upload))


def test_page_of_another_origin_can_not_put(user: User) -> None:
    upload = user.init(PNG, "image/png")
    ask = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,if-none-match",
    }
    ours = requests.options(upload["uploadURL"], headers={**ask, "Origin": ORIGIN}, timeout=60)
    assert ours.headers["Access-Control-Allow-Origin"] == ORIGIN
    other = requests.options(upload["uploadURL"], headers={**ask, "Origin": "https://evil.test"}, timeout=60)
    assert "Access-Control-Allow-Origin" not in other.headers


# What complete refuses


def gif_named_png() -> bytes:
    return picture("image/gif")


def truncated() -> bytes:
    return PNG[:20]


def cut_in_first_chunk() -> bytes:
    return PNG[:40]


def bomb() -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    image = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return PNG[:8] + image + PNG[33:]


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"<!doctype html><script>alert(1)</script>", "not_an_image", "web page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "not_an_image", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "not_an_image", "HEIC"),
        (b"hello", "not_an_image", "none of JPEG, PNG, GIF, WebP and AVIF"),
        (gif_named_png(), "type_mismatch", "declared image/png and is image/gif"),
        (truncated(), "not_an_image", "cut off"),
        (cut_in_first_chunk(), "not_an_image", "cut off"),
        (bomb(), "too_many_pixels", "60000 × 60000"),
    ],
    ids=["html", "svg", "heic", "text", "gif", "truncated", "cut", "bomb"],
)
def test_complete_refuses_what_is_not_the_promised_picture(
    user: User, owner: Any, data: bytes, code: str, says: str
) -> None:
    upload = user.stage(data, "image/png", filename="nice.png")
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert says in answer.json["detail"]
    assert not exists(owner, staged_key(upload))
    assert not exists(owner, public_key(upload))


def test_complete_before_the_put_may_be_retried(user: User) -> None:
    upload = user.init(PNG, "image/png")
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (409, "upload_missing")
    user.put(upload, PNG)
    assert user.complete(upload).status_code == 201


def test_complete_refuses_forged_foreign_and_expired_tokens(user: User, store: Config) -> None:
    upload = user.stage(PNG, "image/png")
    token = upload["uploadToken"]
    result = user.complete(upload).json
    payload, _, signature = token.rpartition(".")
    stranger = User(
        create_app(replace(store, secret_key="another secret that is long enough as well")).test_client().post
    )
    foreign = stranger.init(PNG, "image/png")["uploadToken"]
    for wrong in (payload + "x." + signature, "x", result["deleteToken"], foreign):
        answer = user.complete({"uploadToken": wrong})
        assert (answer.status_code, answer.json["code"]) == (403, "invalid_token"), wrong
    assert user.delete(token).status_code == 403
    with time_machine.travel(time.time() + 24 * 3600 + 5):
        answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (403, "expired_token")


def test_overwrite_between_check_and_copy_publishes_nothing(
    user: User, app: Flask, owner: Any, traits: Traits, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = user.stage(PNG, "image/png")
    storage = services(app).storage
    publish = storage.publish

    def overwritten_first(*arguments: Any) -> Any:
        owner.put_object(Key=staged_key(upload), Body=b"<script>", ContentType="image/png")
        asked.clear()
        return publish(*arguments)

    monkeypatch.setattr(storage, "publish", overwritten_first)
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (409, "upload_changed")
    # The store refuses the copy, so nothing is public even for a moment. A store without conditions copies; then the
    # API deletes the copy.
    assert asked == (["PUT", "HEAD"] if traits.copies_on_condition else ["PUT", "HEAD", "DELETE"])
    assert not exists(owner, public_key(upload))


def test_overwrite_while_reading_on_publishes_nothing(
    user: User, app: Flask, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = picture("image/jpeg", icc_profile=bytes(300_000))
    upload = user.stage(data, "image/jpeg")
    storage = services(app).storage
    read_range = storage.read_range

    def overwritten_first(*arguments: Any) -> Any:
        owner.put_object(Key=staged_key(upload, "jpg"), Body=data[::-1], ContentType="image/jpeg")
        return read_range(*arguments)

    monkeypatch.setattr(storage, "read_range", overwritten_first)
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (409, "upload_changed")
    assert not exists(owner, public_key(upload, "jpg"))


# Repeating


def test_complete_twice_gives_the_same_answer(user: User) -> None:
    upload = user.stage(PNG, "image/png", filename="a.png", expiresIn="30d")
    first, second = user.complete(upload), user.complete(upload)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json


def test_complete_again_after_the_staged_bytes_have_gone(user: User, owner: Any) -> None:
    upload = user.stage(PNG, "image/png")
    first = user.complete(upload)
    owner.Object(staged_key(upload)).delete()
    second = user.complete(upload)
    assert (second.status_code, second.json) == (200, first.json)


def test_link_never_changes_even_when_the_staged_bytes_do(user: User, owner: Any) -> None:
    upload = user.stage(PNG, "image/png")
    first = user.complete(upload)
    owner.put_object(Key=staged_key(upload), Body=picture("image/png", (8, 8)).ljust(len(PNG), b"\0"))
    second = user.complete(upload)
    assert (second.status_code, second.json) == (200, first.json)
    assert requests.get(first.json["viewURL"], timeout=60).content == PNG


def test_many_completes_at_once_publish_once(app: Flask) -> None:
    upload = User(app.test_client().post).stage(PNG, "image/png")
    together = threading.Barrier(8)

    def complete(_: int) -> Any:
        together.wait()
        return User(app.test_client().post).complete(upload)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(complete, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert all(answer.json == answers[0].json for answer in answers)


# Deleting


def test_delete_is_for_good(user: User, traits: Traits) -> None:
    upload = user.stage(PNG, "image/png")
    result = user.complete(upload).json
    assert user.delete(result["deleteToken"]).status_code == 204
    assert requests.get(result["viewURL"], timeout=60).status_code == traits.absent

    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (410, "deleted")
    assert user.put(upload, PNG).status_code == 412
    assert user.complete(upload).status_code == 410
    assert requests.get(result["viewURL"], timeout=60).status_code == traits.absent
    assert user.delete(result["deleteToken"]).status_code == 204


def test_delete_is_for_good_where_the_uploader_can_write_over_what_is_staged(
    user: User, owner: Any, traits: Traits
) -> None:
    # Some stores ignore If-None-Match on a PUT. There, a signed URL can overwrite the mark that replaced the staged
    # object.
    upload = user.stage(PNG, "image/png", expiresIn="7d")
    result = user.complete(upload).json
    assert user.delete(result["deleteToken"]).status_code == 204
    owner.put_object(Key=staged_key(upload), Body=PNG, ContentType="image/png")
    answer = user.complete(upload)
    assert (answer.status_code, answer.json["code"]) == (410, "deleted")
    assert requests.get(result["viewURL"], timeout=60).status_code == traits.absent


def test_delete_while_a_complete_is_under_way_publishes_nothing(
    user: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = user.stage(PNG, "image/png")
    token = user.complete(upload).json["deleteToken"]
    storage = services(app).storage
    publish = storage.publish

    def deleted_first(*arguments: Any) -> Any:
        assert user.delete(token).status_code == 204
        return publish(*arguments)

    monkeypatch.setattr(storage, "publish", deleted_first)
    assert user.complete(upload).status_code == 409
    assert user.complete(upload).status_code == 410


def test_delete_token_tells_which_picture_and_an_upload_token_does_not(user: User) -> None:
    upload = user.stage(PNG, "image/png", expiresIn="7d")
    asked = user.post("/uploads/lookup", json={"deleteToken": upload["uploadToken"]})
    assert (asked.status_code, asked.json["code"]) == (403, "invalid_token")
    result = user.complete(upload).json
    asked = user.post("/uploads/lookup", json={"deleteToken": result["deleteToken"]})
    assert (asked.status_code, asked.json) == (200, {"viewURL": result["viewURL"]})
    assert requests.get(result["viewURL"], timeout=60).content == PNG


def test_opening_the_delete_page_deletes_nothing(user: User, app: Flask) -> None:
    result = user.publish(PNG, "image/png")
    parts = urlsplit(result["deleteURL"])
    assert (parts.scheme, parts.netloc, parts.path, parts.query) == ("https", "img.test", "/delete", "")
    assert parts.fragment == result["deleteToken"]
    app.test_client().get(parts.path).close()
    assert requests.get(result["viewURL"], timeout=60).status_code == 200


# Strangers


def test_stranger_sees_no_staged_bytes_and_no_list(user: User, store: Config) -> None:
    upload = user.stage(PNG, "image/png")
    bucket = f"{store.s3_endpoint_url}/{store.s3_bucket}"
    assert requests.get(f"{bucket}/{staged_key(upload)}", timeout=60).status_code == 403
    for query in ("", "?list-type=2", "?list-type=2&prefix=uploads/", "?uploads", "?versions", "?policy"):
        assert requests.get(f"{bucket}/{query}", timeout=60).status_code == 403, query
    result = user.complete(upload).json
    assert requests.delete(result["viewURL"], timeout=60).status_code in (403, 404)
    assert requests.put(result["viewURL"], data=b"x", timeout=60).status_code in (403, 404)
    assert requests.get(result["viewURL"], timeout=60).content == PNG
