"""Who may upload to a private instance: whoever sends one of UPLOAD_TOKENS."""

import hmac

from flask import request

from app.errors import AccessTokenRequired
from config import hash_token


def require_token(accepted: list[bytes]) -> None:
    """Let the request through if it carries an access token with one of these hashes, or if there are none.

    Raises:
        AccessTokenRequired: it carries no token, or another.
    """
    if not accepted:
        return
    # werkzeug's `request.authorization` takes a token with a = inside for a list of parameters, and loses it.
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    digest = hash_token(token)
    # Compare all of them, each in constant time: how long it takes must tell nothing.
    matches = [hmac.compare_digest(digest, each) for each in accepted]
    if scheme.lower() != "bearer" or not any(matches):
        raise AccessTokenRequired("This server is private: send Authorization: Bearer with an access token.")
