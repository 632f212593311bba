"""File names: whatever a client sends comes back in a header that says nothing else."""

import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from hypothesis import example, given
from hypothesis import strategies as st

from app.pictures import EXTENSIONS, Image
from app.storage import Staged, Storage, Upload
from app.storage.objects import safe_filename
from config import ROOT, Config
from tests.unit.test_inspection import BOUNDED

TABLES = ROOT / "tests" / "tables"
STAGED = Staged(etag='"e"', size=1, head=b"", deleted=False)
#: Also what UTF-8 can't hold and JSON can: lone surrogates.
ANYTHING = st.text(st.characters(exclude_categories=[]), min_size=1, max_size=255)
NASTY = st.text(st.sampled_from("\r\n\0\t\v\x1b\x7f\x85\u2028\u202e\ufeff\ud800\udfff\"';=%\\/*,.<> a😀é"), min_size=1)


class Answer(io.BytesIO):
    """A body as urllib3 would hand it over."""

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.read()


@pytest.fixture(scope="module")
def disposition(configure: Callable[..., Config]) -> Callable[[str], str]:
    """Return what the store would be sent as Content-Disposition: the request is made, and goes no further."""
    storage = Storage(configure())
    sent: list[AWSRequest] = []

    def keep(request: AWSRequest, **_: Any) -> Any:
        sent.append(request)
        copied = f"<CopyObjectResult><ETag>{STAGED.etag}</ETag></CopyObjectResult>"
        return AWSResponse(str(request.url), 200, HTTPHeaders(), Answer(copied.encode()))

    storage.client.s3.meta.events.register("before-send.s3.CopyObject", keep)

    def publish(name: str) -> str:
        storage.publish(Upload("k.png", name, "image/png", 1, 0), STAGED, Image("image/png", 1, 1))
        value = sent.pop().headers["Content-Disposition"]
        return value.decode("latin-1") if isinstance(value, bytes) else value

    return publish


@BOUNDED
@given(ANYTHING | NASTY, st.sampled_from(list(EXTENSIONS)))
@example("a\r\nSet-Cookie: a=b.png", "image/png")
@example('a"; filename=evil.exe;.png', "image/png")
@example("😀" * 255, "image/gif")
@example("\ud800", "image/webp")
@example("gpj.\u202eexe", "image/jpeg")
def test_header_says_the_file_name_and_nothing_else(
    disposition: Callable[[str], str], given_name: str, content_type: str
) -> None:
    name = safe_filename(given_name, content_type)
    header = disposition(name)
    # RFC 5987: attr-char and %XX alone, which hold no quote, space, semicolon or control character.
    value = re.fullmatch(r"inline; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+)", header)
    assert value, header
    assert re.sub("%[0-9A-F]{2}", "", value[1]).count("%") == 0
    assert unquote(value[1], errors="strict") == name


@BOUNDED
@given(ANYTHING | NASTY, st.sampled_from(list(EXTENSIONS)))
def test_file_name_is_safe_to_save_under(given_name: str, content_type: str) -> None:
    name = safe_filename(given_name, content_type)
    assert name.isprintable()
    assert not set(name) & set("/\\")
    assert name.strip(". ")
    assert name.rpartition(".")[2].lower() in EXTENSIONS[content_type]
    assert safe_filename(name, content_type) == name


@pytest.mark.parametrize("row", json.loads((TABLES / "names.json").read_text()), ids=lambda row: repr(row["name"]))
def test_file_is_called_what_the_page_calls_it(row: dict[str, str]) -> None:
    assert safe_filename(row["name"], row["type"]) == row["filename"]
