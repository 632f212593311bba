"""Tokens: what comes back is what was signed here, for the same purpose, in time; or nothing does."""

import string
from collections.abc import Callable
from dataclasses import replace

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ExpiredToken, InvalidToken
from app.storage import Upload
from app.tokens import UPLOAD_TOKEN_TTL, Tokens

SECRET = "a secret of the tests and long enough"
TOKENS = Tokens(SECRET)
NOW = 1_750_000_000
UPLOAD = Upload("7d/9f0c.png", "été 東京 😀.png", "image/png", 12_345, NOW)

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"

text = st.text(st.characters(codec="utf-8"), max_size=300)
uploads = st.builds(
    Upload, key=text, filename=text, content_type=text, size=st.integers(1, 2**63), created=st.just(NOW)
)


@settings(derandomize=True, deadline=None)
@given(uploads)
def test_upload_token_gives_back_what_was_signed(upload: Upload) -> None:
    with time_machine.travel(NOW, tick=False):
        assert TOKENS.read_upload(TOKENS.sign_upload(upload)) == upload
        # Another process, or the same one after a restart.
        assert Tokens(SECRET).read_upload(TOKENS.sign_upload(upload)) == upload


@settings(derandomize=True, deadline=None)
@given(text)
def test_delete_token_gives_back_the_key(key: str) -> None:
    assert TOKENS.read_delete(TOKENS.sign_delete(key)) == key


@settings(derandomize=True, deadline=None)
@given(uploads)
def test_tokens_are_safe_in_an_address(upload: Upload) -> None:
    assert set(TOKENS.sign_upload(upload)) <= {*ALPHABET, "."}
    assert set(TOKENS.sign_delete(upload.key)) <= {*ALPHABET, "."}


def test_upload_token_of_the_longest_file_name_fits_the_request() -> None:
    # 4096 is what CompleteRequest takes; these characters don't compress.
    name = "".join(chr(0x20000 + 97 * i) for i in range(255))
    assert len(TOKENS.sign_upload(replace(UPLOAD, filename=name))) < 4096


@time_machine.travel(NOW, tick=False)
def test_each_kind_refuses_the_other() -> None:
    with pytest.raises(InvalidToken):
        TOKENS.read_delete(TOKENS.sign_upload(UPLOAD))
    with pytest.raises(InvalidToken):
        TOKENS.read_upload(TOKENS.sign_delete(UPLOAD.key))


@time_machine.travel(NOW, tick=False)
def test_token_of_another_secret_is_refused() -> None:
    stranger = Tokens(SECRET + "!")
    with pytest.raises(InvalidToken):
        TOKENS.read_upload(stranger.sign_upload(UPLOAD))
    with pytest.raises(InvalidToken):
        TOKENS.read_delete(stranger.sign_delete(UPLOAD.key))


def test_new_secret_before_the_old_loses_no_token() -> None:
    new = "a newer secret of the tests and also long"
    both = Tokens(f"{new},{SECRET}")
    assert both.read_delete(TOKENS.sign_delete(UPLOAD.key)) == UPLOAD.key
    # The new one signs, so that the old can go some day.
    assert Tokens(new).read_delete(both.sign_delete(UPLOAD.key)) == UPLOAD.key
    with pytest.raises(InvalidToken):
        TOKENS.read_delete(both.sign_delete(UPLOAD.key))
    with pytest.raises(InvalidToken):
        Tokens(new).read_delete(TOKENS.sign_delete(UPLOAD.key))


def other(character: str) -> str:
    # The highest of the six bits: the lowest of a last character mean nothing in base64.
    return ALPHABET[ALPHABET.index(character) ^ 0b100000] if character in ALPHABET else "A"


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("token", "read"),
    [
        (TOKENS.sign_upload(UPLOAD), TOKENS.read_upload),
        (TOKENS.sign_upload(replace(UPLOAD, filename="x" * 200)), TOKENS.read_upload),
        (TOKENS.sign_delete(UPLOAD.key), TOKENS.read_delete),
    ],
    ids=["upload", "compressed-upload", "delete"],
)
def test_token_changed_anywhere_is_refused(token: str, read: Callable[[str], object]) -> None:
    assert read(token)
    for at, character in enumerate(token):
        for wrong in (
            token[:at] + other(character) + token[at + 1 :],
            token[:at] + token[at + 1 :],
            token[:at] + "A" + token[at:],
            token[:at],
        ):
            if wrong != token:
                with pytest.raises(InvalidToken):
                    read(wrong)


@pytest.mark.parametrize("token", ["", ".", "..", "x", "a.b", "\0", "é.é", "eyJ9.x" * 500, "\ud800", "a.\udfff"])
def test_token_that_is_none_is_refused(token: str) -> None:
    for read in (TOKENS.read_upload, TOKENS.read_delete):
        with pytest.raises(InvalidToken):
            read(token)


def test_upload_token_expires_after_its_last_second() -> None:
    token = TOKENS.sign_upload(UPLOAD)
    with time_machine.travel(NOW + UPLOAD_TOKEN_TTL, tick=False):
        assert TOKENS.read_upload(token) == UPLOAD
    with time_machine.travel(NOW + UPLOAD_TOKEN_TTL + 1, tick=False), pytest.raises(ExpiredToken):
        TOKENS.read_upload(token)


def test_forged_token_is_not_called_expired() -> None:
    token = Tokens("some other secret, which is long").sign_upload(UPLOAD)
    with time_machine.travel(NOW + 2 * UPLOAD_TOKEN_TTL), pytest.raises(InvalidToken) as caught:
        TOKENS.read_upload(token)
    assert not isinstance(caught.value, ExpiredToken)


def test_delete_token_is_always_the_same_and_never_expires() -> None:
    with time_machine.travel(NOW):
        token = TOKENS.sign_delete(UPLOAD.key)
    with time_machine.travel(NOW + 100 * 365 * 24 * 3600):
        assert TOKENS.sign_delete(UPLOAD.key) == token
        assert TOKENS.read_delete(token) == UPLOAD.key
    assert TOKENS.sign_delete("7d/9f0d.png") != token
