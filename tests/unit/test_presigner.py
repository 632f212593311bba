"""Our URLs are the ones that AWS publishes, and the ones that botocore makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import time_machine
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.storage import presigner
from app.storage.presigner import Presigner

EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NOW = datetime(2026, 2, 28, 12, 0, 0, tzinfo=UTC)
HEADERS = {"Content-Type": "image/png", "Content-Length": "5", "If-None-Match": "*"}


def botocores(
    method: str, base_url: str, region: str, key: str, headers: dict[str, str], credentials: Credentials, expires: int
) -> str:
    """Return what botocore makes of the same, now."""
    request = AWSRequest(method, base_url + quote(key, safe="/~"), headers)
    S3SigV4QueryAuth(credentials, "s3", region, expires).add_auth(request)
    return str(request.url)


def sign(credentials: Credentials = EXAMPLE, now: datetime = NOW, region: str = "eu-central-1", key: str = "k") -> str:
    url = Presigner("https://s3.test/images/", region).presign("PUT", key, HEADERS, credentials, 300, now)
    with time_machine.travel(now, tick=False):
        assert url == botocores("PUT", "https://s3.test/images/", region, key, HEADERS, credentials, 300)
    return url


def test_example_of_aws_is_signed_as_published() -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    bucket = Presigner("https://examplebucket.s3.amazonaws.com/", "us-east-1")
    url = bucket.presign("GET", "test.txt", {}, EXAMPLE, 86400, datetime(2013, 5, 24, tzinfo=UTC))
    assert url == (
        "https://examplebucket.s3.amazonaws.com/test.txt"
        "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


# Whatever may stand in each: a header's value holds no line ends, a path no query.
LABELS = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join) | st.just("127.0.0.1") | st.just("[::1]")
PORTS = st.sampled_from(["", ":80", ":443", ":8333"]) | st.integers(1, 65535).map(":{}".format)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60)
ODD = st.text("aZ0-._~ /+=%?#&;:@!$'()*,[]|\\\"<>^`{}\t\u00a0é画🖼", max_size=60)
# Those that botocore leaves out of a signature, as proxies change them, are not for signing.
NAMES = st.sampled_from(
    ["Content-Type", "content-length", "If-None-Match", "x-amz-checksum-sha256", "X-Amz-Meta-Größe", "x-amz-meta-a;b"]
)


@st.composite
def bases(draw: Any) -> str:
    prefix = draw(st.sampled_from(["/", "/images/", "/a-b.c~d/", "/tenant/images/", "/%C3%A9/"]))
    return f"{draw(st.sampled_from(['http', 'https']))}://{draw(HOSTS)}{draw(PORTS)}{prefix}"


@settings(deadline=None)
@example("PUT", "https://s3.test/", "us-east-1", "a b~c/d+e=é%2F", {}, ("AKID/+=", "s", "t/+=="), 300, NOW)
@example("PUT", "http://S3.test:80/", "us-east-1", "/x", {"Content-Type": " a \t b "}, ("A", "s", ""), 300, NOW)
@given(
    method=st.sampled_from(["GET", "PUT", "HEAD", "DELETE"]),
    base_url=bases(),
    region=LABELS,
    key=TEXT | ODD,
    headers=st.dictionaries(NAMES, TEXT | ODD, max_size=5),
    secrets=st.tuples(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
        st.none() | TEXT | ODD,
    ),
    expires=st.integers(1, 604_800),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_url_is_botocores_to_the_byte(
    method: str,
    base_url: str,
    region: str,
    key: str,
    headers: dict[str, str],
    secrets: tuple[str, str, str | None],
    expires: int,
    now: datetime,
) -> None:
    credentials = Credentials(*secrets)
    url = Presigner(base_url, region).presign(method, key, headers, credentials, expires, now)
    with time_machine.travel(now, tick=False):
        assert url == botocores(method, base_url, region, key, headers, credentials, expires)


@settings(deadline=None)
@example("PUT", "http://S3.test:80/", "us-east-1", "/x", {"Content-Type": " a \t b "}, b"x", ("A", "s", ""), NOW)
@given(
    method=st.sampled_from(["GET", "PUT", "HEAD", "DELETE"]),
    base_url=bases(),
    region=LABELS,
    key=TEXT | ODD,
    headers=st.dictionaries(NAMES, TEXT | ODD, max_size=5),
    body=st.binary(max_size=100),
    secrets=st.tuples(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
        st.none() | TEXT | ODD,
    ),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_header_is_botocores_to_the_byte(
    method: str,
    base_url: str,
    region: str,
    key: str,
    headers: dict[str, str],
    body: bytes,
    secrets: tuple[str, str, str | None],
    now: datetime,
) -> None:
    credentials = Credentials(*secrets)
    url, signed = Presigner(base_url, region).sign(method, key, headers, body, credentials, now)
    request = AWSRequest(method, base_url + quote(key, safe="/~"), headers, body)
    with time_machine.travel(now, tick=False):
        S3SigV4Auth(credentials, "s3", region).add_auth(request)
    assert (url, signed) == (request.url, dict(request.headers.items()))


def signature(url: str) -> str:
    return urlsplit(url).query.rpartition("=")[2]


@contextmanager
def counting_keys() -> Iterator[Any]:
    """Start with no kept keys, and tell how many were made."""
    presigner._signing_key.cache_clear()
    yield presigner._signing_key.cache_info


def test_key_of_the_day_is_made_once() -> None:
    with counting_keys() as keys:
        for second in range(5):
            sign(now=NOW + timedelta(seconds=second))
        assert keys().misses == 1


def test_midnight_brings_another_key() -> None:
    midnight = datetime(2027, 1, 1, tzinfo=UTC)
    with counting_keys() as keys:
        # Back and forth, as clocks are set.
        for seconds in (-2, -1, 0, 1, -1, 0):
            sign(now=midnight + timedelta(seconds=seconds))
        assert keys().misses == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"credentials": Credentials("AKIAIOSFODNN7EXAMPLE", "another secret of the same name")},
        {"credentials": Credentials("ASIAROLE", EXAMPLE.secret_key)},
        {"credentials": Credentials(EXAMPLE.access_key, EXAMPLE.secret_key, "a role's session")},
        {"region": "eu-central-2"},
        {"now": NOW + timedelta(seconds=1)},
        {"now": NOW + timedelta(days=1)},
        {"key": "K"},
    ],
    ids=["secret", "access key", "session", "region", "second", "day", "key"],
)
def test_signature_is_of_what_it_was_asked_for(changed: dict[str, Any]) -> None:
    first = sign()
    assert signature(sign(**changed)) != signature(first)
    assert sign() == first


def test_few_keys_are_kept_however_many_there_were() -> None:
    with counting_keys() as keys:
        for day in range(40):
            sign(now=NOW + timedelta(days=day))
        assert keys().currsize < 10


def test_url_carries_no_secret() -> None:
    assert "wJalr" not in sign(Credentials("AKID", "wJalr", "session"))
