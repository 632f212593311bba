"""The bucket. Signing is real (it is offline); moto stands in for the store where only a code path matters."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import time_machine
from botocore.config import Config as ClientConfig
from botocore.credentials import Credentials

from app.errors import StoreUnavailable, Trouble, UploadChanged, UploadMissing
from app.pictures import HEAD_BYTES, Image
from app.storage import EXPIRY_DAYS, Staged, Storage, Upkeep, Upload
from app.storage.presigner import Presigner
from config import Config
from tests.conftest import picture
from tests.rigs.listener import listening
from tests.unit.conftest import ORIGIN, keys

PNG = picture("image/png")
KEY = "0b9c6a52.png"
UPLOAD = Upload(KEY, "été.png", "image/png", len(PNG), 1_750_000_000)
DIGEST = base64.b64encode(hashlib.sha256(PNG).digest()).decode()
CREDENTIALS = ("AKIDEXAMPLE", "a-secret-key-of-AWS")

Configure = Callable[..., Config]


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.fixture(scope="module")
def on_aws(configure: Configure) -> Storage:
    return Storage(configure(credentials=CREDENTIALS, s3_endpoint_url=None, aws_region="eu-central-1"))


# Signing


def test_signed_url_is_of_the_bucket_in_its_region(on_aws: Storage) -> None:
    parts = urlsplit(on_aws.sign_upload("7d/" + KEY, "image/png", 5).url)
    assert (parts.scheme, parts.netloc) == ("https", "images.s3.eu-central-1.amazonaws.com")
    assert parts.path == f"/incoming/{KEY}"
    assert on_aws.links.upload_origin == on_aws.links.public_origin == "https://images.s3.eu-central-1.amazonaws.com"


def test_signed_url_is_regional_in_us_east_1_too(configure: Configure) -> None:
    storage = Storage(configure(s3_endpoint_url=None, aws_region="us-east-1"))
    assert urlsplit(storage.sign_upload(KEY, "image/png", 5).url).netloc == "images.s3.us-east-1.amazonaws.com"


def test_signature_covers_all_that_was_promised(on_aws: Storage) -> None:
    signed = query(on_aws.sign_upload(KEY, "image/png", 5).url)
    assert signed["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert signed["X-Amz-SignedHeaders"] == "content-length;content-type;host;if-none-match"
    assert signed["X-Amz-Credential"].startswith("AKIDEXAMPLE/")
    assert signed["X-Amz-Credential"].endswith("/eu-central-1/s3/aws4_request")

    signed = query(on_aws.sign_upload(KEY, "image/png", 5, DIGEST).url)
    assert signed["X-Amz-SignedHeaders"] == "content-length;content-type;host;if-none-match;x-amz-checksum-sha256"


@time_machine.travel(1_750_000_000, tick=False)
def test_signature_differs_with_what_is_promised(on_aws: Storage) -> None:
    promises = [
        (KEY, "image/png", 5, None),
        ("other.png", "image/png", 5, None),
        (KEY, "image/jpeg", 5, None),
        (KEY, "image/png", 6, None),
        (KEY, "image/png", 5, DIGEST),
        (KEY, "image/png", 5, DIGEST.swapcase()),
    ]
    signatures = {query(on_aws.sign_upload(*promise).url)["X-Amz-Signature"] for promise in promises}
    assert len(signatures) == len(promises)
    assert query(on_aws.sign_upload(*promises[0]).url)["X-Amz-Signature"] in signatures


@pytest.mark.parametrize("sha256", [None, DIGEST])
def test_headers_to_echo_are_the_signed_ones_that_a_page_may_set(on_aws: Storage, sha256: str | None) -> None:
    signed = on_aws.sign_upload(KEY, "image/png", 5, sha256)
    names = set(query(signed.url)["X-Amz-SignedHeaders"].split(";"))
    assert {name.lower() for name in signed.headers} == names - {"host", "content-length"}
    assert signed.headers.items() >= {"Content-Type": "image/png", "If-None-Match": "*"}.items()
    assert signed.headers.get("x-amz-checksum-sha256") == sha256


@pytest.mark.parametrize("ttl", [1, 300, 600])
def test_signed_url_lives_as_long_as_configured(configure: Configure, ttl: int) -> None:
    storage = Storage(configure(upload_url_ttl=ttl))
    assert query(storage.sign_upload(KEY, "image/png", 5).url)["X-Amz-Expires"] == str(ttl)


def test_signed_url_carries_no_secret(on_aws: Storage) -> None:
    signed = on_aws.sign_upload(KEY, "image/png", 5, DIGEST)
    assert CREDENTIALS[1] not in f"{signed.url} {signed.headers} {on_aws.links.public_url(KEY)}"
    # A token would be that of a role; long-lived keys have none.
    assert "x-amz-security-token" not in signed.url.lower()


def test_signed_url_of_a_role_carries_its_session_token(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "role secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "role session")
    storage = Storage(configure(credentials=None, s3_endpoint_url=None))
    signed = query(storage.sign_upload(KEY, "image/png", 5).url)
    assert signed["X-Amz-Security-Token"] == "role session"
    assert signed["X-Amz-Credential"].startswith("ASIAROLE/")


def test_signed_url_of_an_endpoint_is_path_style(configure: Configure) -> None:
    storage = Storage(configure(s3_endpoint_url="http://127.0.0.1:8333"))
    parts = urlsplit(storage.sign_upload(KEY, "image/png", 5).url)
    assert (parts.scheme, parts.netloc, parts.path) == ("http", "127.0.0.1:8333", f"/images/incoming/{KEY}")
    assert storage.links.public_url(KEY) == f"http://127.0.0.1:8333/images/uploads/{KEY}"


def test_signed_url_is_of_the_host_that_browsers_reach(configure: Configure, down: Config) -> None:
    storage = Storage(configure(s3_endpoint_url=down.s3_endpoint_url, s3_public_endpoint_url="https://s3.example.org"))
    signed = storage.sign_upload(KEY, "image/png", 5)
    assert signed.url.startswith(f"https://s3.example.org/images/incoming/{KEY}?")
    assert "host" in query(signed.url)["X-Amz-SignedHeaders"].split(";")
    assert storage.links.upload_origin == "https://s3.example.org"
    assert storage.links.public_url(KEY) == f"https://s3.example.org/images/uploads/{KEY}"
    # What the app itself asks goes to the other host, which is closed here.
    with pytest.raises(StoreUnavailable):
        storage.check()


@pytest.mark.parametrize(
    "changes",
    [
        {"s3_endpoint_url": None, "aws_region": "us-east-1"},
        {"s3_endpoint_url": None, "aws_region": "eu-central-1"},
        {"s3_endpoint_url": None, "aws_region": "cn-north-1"},
        {"s3_endpoint_url": None, "aws_region": "us-gov-west-1", "s3_bucket": "my-bucket--1"},
        {"s3_endpoint_url": "http://127.0.0.1:8333"},
        {"s3_endpoint_url": "http://localhost:80", "aws_region": "garage"},
        {"s3_endpoint_url": "https://s3.example.org:443", "s3_bucket": "key"},
        {"s3_endpoint_url": "http://10.0.0.7:9000", "s3_public_endpoint_url": "https://s3.example.org"},
        {"s3_endpoint_url": None, "aws_region": "eu-west-3", "s3_public_endpoint_url": "https://images.example.org"},
    ],
    ids=lambda changes: "-".join(map(str, changes.values())),
)
@pytest.mark.parametrize("token", [None, "FwoGZXIvYXdzEBYaDH/+q=="], ids=["user", "role"])
def test_signed_url_is_boto3s_to_the_byte(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], token: str | None
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", CREDENTIALS[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CREDENTIALS[1])
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    config = configure(credentials=None, **changes)
    storage = Storage(config)
    endpoint = config.s3_public_endpoint_url or config.s3_endpoint_url
    boto3s = boto3.session.Session().client(
        "s3",
        config.aws_region,
        endpoint_url=endpoint,
        config=ClientConfig(
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint else "virtual", "us_east_1_regional_endpoint": "regional"},
        ),
    )
    for key, size, sha256, second in [
        (KEY, 5, DIGEST, 0),
        (KEY, 1, None, 0),
        ("key", 25 * 1024**2, None, 86_399),
        ("é ~/b+c%2F=?#.png", 3, DIGEST, 86_400),
    ]:
        with time_machine.travel(1_750_000_000 // 86_400 * 86_400 + second, tick=False):
            url = storage.sign_upload(key, "image/png", size, sha256).url
            params = {
                "Bucket": config.s3_bucket,
                "Key": f"incoming/{key.rpartition('/')[2]}",
                "ContentType": "image/png",
                "ContentLength": size,
                "IfNoneMatch": "*",
            } | ({"ChecksumSHA256": sha256} if sha256 else {})
            assert url == boto3s.generate_presigned_url("put_object", params, config.upload_url_ttl)
            assert url.startswith(storage.links.upload_origin + "/")


def test_signing_asks_nothing(on_aws: Storage, asked: list[str]) -> None:
    on_aws.sign_upload(KEY, "image/png", 5)
    assert asked == []


# Links


@pytest.mark.parametrize(
    ("base", "key", "link"),
    [
        (None, KEY, f"https://images.s3.eu-central-1.amazonaws.com/uploads/{KEY}"),
        (None, "7d/" + KEY, f"https://images.s3.eu-central-1.amazonaws.com/uploads/7d/{KEY}"),
        ("https://img.example.org/i", KEY, f"https://img.example.org/i/{KEY}"),
        ("https://cdn.test", "1d/" + KEY, f"https://cdn.test/1d/{KEY}"),
    ],
)
def test_link_is_the_base_and_the_key(configure: Configure, base: str | None, key: str, link: str) -> None:
    storage = Storage(configure(s3_endpoint_url=None, aws_region="eu-central-1", public_base_url=base))
    assert storage.links.public_url(key) == link
    assert link.startswith(storage.links.public_origin + "/")


# Credentials


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave boto3 nothing to find."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_storage_without_credentials_is_unavailable(configure: Configure, nobody: None) -> None:
    with pytest.raises(StoreUnavailable):
        Storage(configure(credentials=None)).sign_upload(KEY, "image/png", 5)


class Role(BaseHTTPRequestHandler):
    """Gives a role's credentials as ECS does; so close to their end that each signature asks for new ones."""

    left = timedelta(minutes=5)
    given = 0

    def do_GET(self) -> None:
        Role.given += 1
        end = datetime.now(UTC) + self.left
        self.send_response(200)
        self.end_headers()
        self.wfile.write(
            json.dumps(
                {
                    "AccessKeyId": f"ASIAROLE{Role.given}",
                    "SecretAccessKey": f"role secret {Role.given}",
                    "Token": "role session",
                    "Expiration": end.isoformat(),
                }
            ).encode()
        )

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def role(nobody: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """The endpoint where a task gets its role's credentials."""
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    with listening(Role) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/")
        yield server


def test_renewed_role_signs_the_next_url(configure: Configure, role: HTTPServer) -> None:
    storage = Storage(configure(credentials=None))
    bucket = Presigner("https://s3.test/images/", "us-east-1")
    for _ in range(3):
        before = Role.given
        with time_machine.travel(datetime.now(UTC), tick=False):
            url = storage.sign_upload(KEY, "image/png", 5).url
            assert Role.given > before
            current = Credentials(f"ASIAROLE{Role.given}", f"role secret {Role.given}", "role session")
            headers = {"Content-Type": "image/png", "Content-Length": "5", "If-None-Match": "*"}
            assert url == bucket.presign("PUT", f"incoming/{KEY}", headers, current, 300, datetime.now(UTC))


def test_role_that_can_not_be_renewed_is_unavailable(configure: Configure, role: HTTPServer) -> None:
    storage = Storage(configure(credentials=None))
    assert query(storage.sign_upload(KEY, "image/png", 5).url)["X-Amz-Security-Token"] == "role session"
    role.shutdown()
    role.server_close()
    for call in (lambda: storage.sign_upload(KEY, "image/png", 5), storage.check):
        with pytest.raises(StoreUnavailable):
            call()


def test_role_whose_credentials_have_expired_is_unavailable(
    configure: Configure, role: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where our clock is hours ahead.
    monkeypatch.setattr(Role, "left", timedelta(minutes=-1))
    storage = Storage(configure(credentials=None))
    for call in (lambda: storage.sign_upload(KEY, "image/png", 5), storage.check):
        with pytest.raises(StoreUnavailable) as caught:
            call()
        assert "expired" in str(caught.value.__cause__)


# A proxy on the way to the store


class Proxy(BaseHTTPRequestHandler):
    """Answers as a store would that has nothing; remembers what it was asked."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_HEAD(self) -> None:
        self.asked.append((self.requestline, self.headers["Host"]))
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """The proxy that the environment names for a store without TLS."""
    monkeypatch.setattr(Proxy, "asked", [])
    with listening(Proxy) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://someone:secret@127.0.0.1:{server.server_port}")
        yield server


def test_every_call_takes_the_proxy_of_the_environment(configure: Configure, proxy: HTTPServer) -> None:
    storage = Storage(configure(s3_endpoint_url="http://store.test"))
    assert not storage.is_deleted(KEY)
    assert Proxy.asked == [(f"HEAD http://store.test/images/incoming/deleted/{KEY} HTTP/1.1", "store.test")]
    with pytest.raises(StoreUnavailable):
        storage.check()
    assert all(host == "store.test" for _, host in Proxy.asked)


def test_proxy_that_is_gone_is_unavailable_and_keeps_its_password(configure: Configure, proxy: HTTPServer) -> None:
    storage = Storage(configure(s3_endpoint_url="http://store.test"))
    proxy.shutdown()
    proxy.server_close()
    with pytest.raises(StoreUnavailable) as caught:
        storage.is_deleted(KEY)
    assert caught.value.trouble is Trouble.UNREACHABLE
    assert f"127.0.0.1:{proxy.server_port}" in str(caught.value.__cause__)
    assert "secret" not in repr(caught.value.__cause__)


# A store that can't be reached

STAGED = Staged('"etag"', len(PNG), PNG, deleted=False)


@pytest.mark.parametrize(
    "call",
    [
        lambda storage, upkeep: storage.read_staged(KEY),
        lambda storage, upkeep: storage.read_range(KEY, STAGED, 0, len(PNG)),
        lambda storage, upkeep: storage.publish(UPLOAD, STAGED, Image("image/png", 64, 48)),
        lambda storage, upkeep: storage.find_published(KEY),
        lambda storage, upkeep: storage.discard(KEY, STAGED),
        lambda storage, upkeep: storage.delete(KEY),
        lambda storage, upkeep: storage.is_deleted(KEY),
        lambda storage, upkeep: storage.withdraw(KEY),
        lambda storage, upkeep: upkeep.withdraw_deleted(),
        lambda storage, upkeep: list(upkeep.list_public()),
        lambda storage, upkeep: upkeep.take_down(KEY),
        lambda storage, upkeep: upkeep.expire(datetime.now(UTC)),
        lambda storage, upkeep: storage.look_up(KEY, datetime.now(UTC)),
        lambda storage, upkeep: storage.blocklist.is_empty(),
        lambda storage, upkeep: "0" * 64 in storage.blocklist,
        lambda storage, upkeep: list(storage.blocklist),
        lambda storage, upkeep: storage.blocklist.add("0" * 64),
        lambda storage, upkeep: storage.blocklist.remove("0" * 64),
        lambda storage, upkeep: storage.check(),
        lambda storage, upkeep: upkeep.set_up([ORIGIN]),
    ],
    ids=[
        "read_staged",
        "read_range",
        "publish",
        "find_published",
        "discard",
        "delete",
        "is_deleted",
        "withdraw",
        "withdraw_deleted",
        "list_public",
        "take_down",
        "expire",
        "look_up",
        "nothing blocked",
        "blocked",
        "list_blocked",
        "block",
        "unblock",
        "check",
        "set_up",
    ],
)
def test_unreachable_store_is_unavailable(down: Config, down_storage: Storage, asked: list[str], call: Any) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        call(down_storage, Upkeep(down, down_storage))
    # The log names the cause, the client's sentence does not.
    assert "127.0.0.1" in str(caught.value.__cause__)
    assert "127.0.0.1" not in caught.value.detail
    assert len(asked) == 2


def test_unreachable_store_does_not_hinder_signing(down_storage: Storage, asked: list[str]) -> None:
    assert down_storage.sign_upload(KEY, "image/png", 5).url.startswith(down_storage.links.upload_origin)
    assert asked == []


def test_store_that_refuses_us_is_unavailable(aws: Config) -> None:
    # No bucket: as for a wrong name, or a role that lacks a permission.
    storage = Storage(aws)
    for call in (storage.check, lambda: storage.read_staged(KEY), lambda: storage.delete(KEY)):
        with pytest.raises(StoreUnavailable):
            call()


# Code paths, on moto


def test_read_staged_gives_the_head_and_the_whole_size(storage: Storage, owner: Any) -> None:
    data = PNG + bytes(HEAD_BYTES)
    owner.put_object(Key=f"incoming/{KEY}", Body=data)
    staged = storage.read_staged("7d/" + KEY)
    assert (staged.head, staged.size, staged.deleted) == (data[:HEAD_BYTES], len(data), False)
    assert storage.read_range(KEY, staged, 0, len(data) - 1) == data[:-1]
    assert storage.read_range(KEY, staged, 0, len(data)) == data


def test_read_staged_of_nothing_says_so(storage: Storage) -> None:
    with pytest.raises(UploadMissing):
        storage.read_staged(KEY)


def test_read_range_of_other_bytes_says_so(storage: Storage, owner: Any) -> None:
    owner.put_object(Key=f"incoming/{KEY}", Body=bytes(HEAD_BYTES + 5))
    staged = storage.read_staged(KEY)
    owner.put_object(Key=f"incoming/{KEY}", Body=b"\1" * (HEAD_BYTES + 5))
    with pytest.raises(UploadChanged):
        storage.read_range(KEY, staged, 0, staged.size)
    owner.Object(f"incoming/{KEY}").delete()
    with pytest.raises(UploadChanged):
        storage.read_range(KEY, staged, 0, staged.size)


def test_publish_chooses_the_metadata_itself(storage: Storage, owner: Any) -> None:
    owner.put_object(
        Key=f"incoming/{KEY}",
        Body=PNG,
        ContentType="text/html",
        ContentDisposition="attachment; filename=evil.exe",
        Metadata={"evil": "1"},
        Tagging="evil=1",
    )
    storage.publish(UPLOAD, storage.read_staged(KEY), Image("image/png", 64, 48))
    seen = owner.Object(f"uploads/{KEY}").get()
    assert seen["Body"].read() == PNG
    assert seen["ContentType"] == "image/png"
    assert seen["ContentDisposition"] == "inline; filename*=UTF-8''%C3%A9t%C3%A9.png"
    assert seen["CacheControl"] == "public, max-age=31536000, immutable"
    assert seen["Metadata"] == {"width": "64", "height": "48"}
    assert "TagCount" not in seen


@pytest.mark.parametrize(("name", "days"), EXPIRY_DAYS.items())
def test_publish_lets_nobody_keep_a_picture_longer_than_it_lasts(
    storage: Storage, owner: Any, name: str, days: int
) -> None:
    owner.put_object(Key=f"incoming/{KEY}", Body=PNG)
    upload = Upload(f"{name}/{KEY}", "x.png", "image/png", len(PNG), 1_750_000_000)
    storage.publish(upload, storage.read_staged(upload.key), Image("image/png", 64, 48))
    seen = owner.Object(f"uploads/{name}/{KEY}").get()
    assert seen["CacheControl"] == "public, immutable"
    assert seen["Expires"] == datetime.fromtimestamp(1_750_000_000, UTC) + timedelta(days)


def test_publish_of_what_has_gone_says_so(storage: Storage, owner: Any) -> None:
    owner.put_object(Key=f"incoming/{KEY}", Body=PNG)
    staged = storage.read_staged(KEY)
    storage.discard(KEY, staged)
    with pytest.raises(UploadChanged):
        storage.publish(UPLOAD, staged, Image("image/png", 64, 48))
    assert keys(owner) == []


def tell_another_etag(
    monkeypatch: pytest.MonkeyPatch, storage: Storage, then: Callable[[], object] = lambda: None
) -> None:
    """Stand for a store that encrypts with keys of its own, or that ignores the condition of a copy."""
    call = storage.client.call

    def copied(operation: str, *arguments: Any, **fields: Any) -> Any:
        answer = call(operation, *arguments, **fields)
        if operation == "CopyObject":
            then()
            answer["ETag"] = '"another"'
        return answer

    monkeypatch.setattr(storage.client, "call", copied)


def test_publish_trusts_a_copy_by_what_is_still_staged(
    storage: Storage, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_another_etag(monkeypatch, storage)
    owner.put_object(Key=f"incoming/{KEY}", Body=PNG)
    assert storage.publish(UPLOAD, storage.read_staged(KEY), Image("image/png", 64, 48)).created
    assert f"uploads/{KEY}" in keys(owner)


@pytest.mark.parametrize("replaced", [True, False])
def test_publish_takes_back_a_copy_of_other_bytes(
    storage: Storage, owner: Any, replaced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace_or_lose() -> None:
        if replaced:
            owner.put_object(Key=f"incoming/{KEY}", Body=b"other")
        else:
            owner.Object(f"incoming/{KEY}").delete()

    tell_another_etag(monkeypatch, storage, replace_or_lose)
    owner.put_object(Key=f"incoming/{KEY}", Body=PNG)
    with pytest.raises(UploadChanged):
        storage.publish(UPLOAD, storage.read_staged(KEY), Image("image/png", 64, 48))
    assert f"uploads/{KEY}" not in keys(owner)


def test_find_published_gives_what_publish_gave(storage: Storage, owner: Any) -> None:
    assert storage.find_published(KEY) is None
    owner.put_object(Key=f"incoming/{KEY}", Body=PNG)
    published = storage.publish(UPLOAD, storage.read_staged(KEY), Image("image/png", 64, 48))
    found = storage.find_published(KEY)
    assert (found.image, found.size) == (published.image, published.size)
    assert (published.created, found.created) == (True, False)


def test_delete_leaves_a_mark_and_nothing_public(storage: Storage, owner: Any) -> None:
    owner.put_object(Key=f"incoming/{KEY}", Body=PNG)
    storage.publish(UPLOAD, storage.read_staged(KEY), Image("image/png", 64, 48))
    for _ in range(2):
        storage.delete(KEY)
        assert keys(owner) == [f"incoming/{KEY}", f"incoming/deleted/{KEY}"]
        assert storage.read_staged(KEY).deleted
        assert storage.is_deleted(KEY)
    assert storage.find_published(KEY) is None


def test_discard_takes_the_staged_bytes_only(storage: Storage, owner: Any) -> None:
    owner.put_object(Key=f"incoming/{KEY}", Body=PNG)
    staged = storage.read_staged(KEY)
    storage.publish(UPLOAD, staged, Image("image/png", 64, 48))
    storage.discard(KEY, staged)
    storage.discard(KEY, staged)
    assert keys(owner) == [f"uploads/{KEY}"]
