"""Upload, delete and edit tokens: what one request must know of an earlier one, signed, in place of a database."""

import hashlib
import time
from typing import Any, Final

from itsdangerous import BadData, Serializer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

from app.errors import ExpiredToken, InvalidToken
from app.storage import Upload

#: Seconds. No longer than the store keeps a staged object, or the mark of a delete: a day.
UPLOAD_TOKEN_TTL: Final = 24 * 60 * 60


class Tokens:
    """Signs and reads every kind of token; each kind has its own salt, so that none passes for the other.

    `secret_key` may hold several keys, separated by commas. The first signs and all verify, so an operator can change
    the key and every token stays valid.
    """

    def __init__(self, secret_key: str) -> None:
        oldest_first = secret_key.split(",")[::-1]
        # itsdangerous' own choice, but named so that Python's hmac takes its fast way.
        options = {"digest_method": hashlib.sha1}
        self._uploads = _Serializer(oldest_first, salt="upload", signer_kwargs=options)
        self._deletes = _Serializer(oldest_first, salt="delete", signer_kwargs=options)
        self._edits = _Serializer(oldest_first, salt="edit", signer_kwargs=options)

    def sign_upload(self, upload: Upload) -> str:
        """Return the token that completes `upload`; it is valid for UPLOAD_TOKEN_TTL."""
        return _text(self._uploads.dumps(vars(upload)))

    def read_upload(self, token: str) -> Upload:
        """Return the upload that a token completes.

        Raises:
            ExpiredToken: the token is older than UPLOAD_TOKEN_TTL.
            InvalidToken: the token was not made here, or is of another kind.
        """
        upload = Upload(**_load(self._uploads, token, "uploadToken"))
        if time.time() - upload.created > UPLOAD_TOKEN_TTL:
            raise ExpiredToken("uploadToken has expired after a day. Start again with /uploads/init.")
        return upload

    def sign_delete(self, key: str) -> str:
        """Return the token that deletes a picture; it never expires, and is the same each time."""
        return _text(self._deletes.dumps({"key": key}))

    def read_delete(self, token: str) -> str:
        """Return the key of the picture that a token deletes.

        Raises:
            InvalidToken: the token was not made here, or is of another kind.
        """
        return str(_load(self._deletes, token, "deleteToken")["key"])

    def sign_edit(self, album_id: str) -> str:
        """Return the token that edits and deletes an album; it never expires, and is the same each time."""
        return _text(self._edits.dumps({"album": album_id}))

    def read_edit(self, token: str) -> str:
        """Return the id of the album that a token edits.

        Raises:
            InvalidToken: the token was not made here, or is of another kind.
        """
        return str(_load(self._edits, token, "editToken")["album"])


class _Serializer(URLSafeSerializer):
    """Skips itsdangerous' attempt to compress, which takes longer than the signature and saves a few bytes."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(Serializer.dump_payload(self, obj))


def _load(serializer: URLSafeSerializer, token: str, field: str) -> dict[str, Any]:
    try:
        payload: dict[str, Any] = serializer.loads(token)
    except (BadData, UnicodeEncodeError) as error:
        raise InvalidToken(f"{field} was not made by this server.") from error
    return payload


def _text(token: str | bytes) -> str:
    return token.decode() if isinstance(token, bytes) else token
