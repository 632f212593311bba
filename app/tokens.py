"""Upload and delete tokens: what one request must know of an earlier one, signed, so that no database is needed."""

import time
from typing import Any, Final

from itsdangerous import BadData, Serializer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

from app.errors import ExpiredToken, InvalidToken
from app.storage import Upload

#: Seconds. Not longer than the store's lifecycle rule keeps a staged object, or the mark of a deleted one (a day).
UPLOAD_TOKEN_TTL: Final = 24 * 60 * 60


class Tokens:
    """Signs; two salts, so that neither kind can serve as the other.

    `secret_key` may be several, separated by commas: the first signs, all verify, so that it can be changed with no
    token lost.
    """

    def __init__(self, secret_key: str) -> None:
        oldest_first = secret_key.split(",")[::-1]
        self._uploads = _Serializer(oldest_first, salt="upload")
        self._deletes = _Serializer(oldest_first, salt="delete")

    def sign_upload(self, upload: Upload) -> str:
        """Return the token that completes `upload`, good for UPLOAD_TOKEN_TTL."""
        return _text(self._uploads.dumps(vars(upload)))

    def read_upload(self, token: str) -> Upload:
        """Return what was signed.

        Raises:
            ExpiredToken: a day has passed.
            InvalidToken: it was not made here, or for something else.
        """
        upload = Upload(**_load(self._uploads, token, "uploadToken"))
        if time.time() - upload.created > UPLOAD_TOKEN_TTL:
            raise ExpiredToken("uploadToken has expired after a day. Start again with /uploads/init.")
        return upload

    def sign_delete(self, key: str) -> str:
        """Return the delete token of a public key: it never expires, and is always the same."""
        return _text(self._deletes.dumps({"key": key}))

    def read_delete(self, token: str) -> str:
        """Return the key that may be deleted.

        Raises:
            InvalidToken: it was not made here, or for something else.
        """
        return str(_load(self._deletes, token, "deleteToken")["key"])


class _Serializer(URLSafeSerializer):
    """itsdangerous', without its attempt to compress, which takes longer than the signature and gains a few bytes."""

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
