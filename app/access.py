"""Who may upload to a private instance: whoever sends one of UPLOAD_TOKENS. And which pages may, to any instance."""

import base64
import hmac

from flask import request

from app.errors import AccessTokenRequired, ForeignPage
from config import hash_token


def require_token(accepted: list[bytes]) -> None:
    """Let the request through if it carries an access token with one of these hashes, or if there are none.

    Raises:
        AccessTokenRequired: it carries no token, or another.
    """
    if not accepted:
        return
    scheme, token = _authorization()
    if not (_matches(token, accepted) and scheme == "bearer"):
        raise AccessTokenRequired("This server is private: send Authorization: Bearer with an access token.")


def require_any_token(accepted: list[bytes], key: str | None) -> None:
    """Do as `require_token`, for programs that can't send every header: the token may be a password, or a field.

    Args:
        accepted: hashes of the tokens; there may be none.
        key: the form field, which counts where the request has no Authorization.

    Raises:
        AccessTokenRequired: the request carries no token, or another.
    """
    if not accepted:
        return
    scheme, token = _authorization()
    if scheme == "basic":
        token = _password(token)
    elif not scheme:
        token = key or ""
    if not (_matches(token, accepted) and scheme in ("", "basic", "bearer")):
        raise AccessTokenRequired(
            "This server is private: send an access token, as Authorization: Bearer, as the password of Basic, or as"
            " the form field key before the first file."
        )


def names_itself() -> bool:
    """Say whether the request has an Authorization, right or wrong."""
    return "Authorization" in request.headers


def refuse_foreign_page(origins: list[str]) -> None:
    """Refuse what a web page of another site sends: for a form, no browser asks first whether it may.

    `origins` are those of our own pages. Programs send neither of the two headers.

    Raises:
        ForeignPage: the request comes from such a page.
    """
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    if origin is None:
        foreign = site not in ("same-origin", "none")
    else:
        # The gate knows the host; a proxy may hide the scheme.
        foreign = origin not in origins and origin.partition("://")[2] != request.host
    if foreign:
        raise ForeignPage(
            "A page of another site sent this. Whoever runs this server lets that site upload with CORS_ORIGINS."
        )


def _authorization() -> tuple[str, str]:
    """Return the scheme, in lower case, and what follows."""
    # werkzeug's `request.authorization` takes a token with a = inside for a list of parameters, and loses it.
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower(), token


def _password(credentials: str) -> str:
    """Return the password of Basic; an empty string if there is none (RFC 7617)."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _matches(token: str, accepted: list[bytes]) -> bool:
    digest = hash_token(token)
    # Compare all of them, each in constant time: how long it takes must tell nothing.
    matches = [hmac.compare_digest(digest, each) for each in accepted]
    return any(matches)
