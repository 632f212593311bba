"""What crosses the wire, as docs/api.md has it."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from imghost.errors import Failure, Later, TokenRefused

#: Statuses of what may succeed a little later; 0 is no answer. A full disk (507) stays full for longer.
_TEMPORARY: Final = {0, 408, 429, *range(500, 600)} - {507}
#: The end of a link by which the server knows the picture. A page has a `-` in place of the dot, so that nobody takes
#: its link for a picture's (docs/pages.md).
_KEY: Final = re.compile(r"/((?:\d{1,4}d/)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[.-]([a-z0-9]{1,8})\Z")


class ApiError(Exception):
    """A request that did not succeed; `status` 0 means that no answer came. Messages are sentences."""

    def __init__(self, status: int, code: str, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        #: Seconds.
        self.retry_after = retry_after

    @property
    def is_temporary(self) -> bool:
        """Say whether the same request may succeed a little later."""
        # Only whoever runs the server can mend that.
        return self.code != "store_misconfigured" and self.status in _TEMPORARY

    @property
    def asks_for_bytes(self) -> bool:
        """Say whether `complete` lacks the promised bytes, so that they must be sent (again)."""
        # 403: the token has expired, or the server's key has changed; a new token works.
        return self.code in ("upload_missing", "upload_changed") or self.status == 403

    def failure(self) -> Failure:
        """Return what the command says of it."""
        if self.status == 401:
            return TokenRefused(f"{self.detail} Run imghost login, or set IMGHOST_TOKEN.")
        return (
            Later(f"{self.detail} Try again later.")
            if self.is_temporary or self.status == 507
            else Failure(self.detail)
        )


@dataclass(frozen=True)
class Limits:
    """What a server accepts."""

    content_types: dict[str, list[str]]
    max_upload_bytes: int
    expiries: list[str]
    token_required: bool
    #: Where pictures' pages are, with `{name}` in it; None on a server without them.
    page_url: str | None

    @staticmethod
    def of(answer: dict[str, Any]) -> "Limits":
        """Read an answer.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        return Limits(
            content_types={each["contentType"]: list(each["extensions"]) for each in answer["contentTypes"]},
            max_upload_bytes=int(answer["maxUploadBytes"]),
            expiries=list(answer["expiries"]),
            token_required=bool(answer["tokenRequired"]),
            page_url=_checked_link(answer["pageURL"]) if "pageURL" in answer else None,
        )

    def page_of(self, view_url: str) -> str:
        """Return the link to a picture's page; where there is none, to the picture."""
        key = _KEY.search(view_url)
        return self.page_url.replace("{name}", f"{key[1]}-{key[2]}") if key and self.page_url else view_url


@dataclass(frozen=True)
class Signed:
    """One PUT that the server allows."""

    url: str
    headers: dict[str, str]
    upload_token: str

    @staticmethod
    def of(answer: dict[str, Any]) -> "Signed":
        """Read an answer.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        headers = {str(name): str(value) for name, value in dict(answer["headers"]).items()}
        if not all(
            re.fullmatch(r"[\w-]+", name, re.ASCII) and value.isascii() and value.isprintable()
            for name, value in headers.items()
        ):
            raise ValueError("no headers")
        return Signed(_checked_link(answer["uploadURL"]), headers, str(answer["uploadToken"]))


@dataclass(frozen=True)
class Picture:
    """A published picture. `as_json` has the names of the wire."""

    upload_id: str
    view_url: str
    delete_url: str
    delete_token: str
    filename: str
    content_type: str
    size: int
    width: int
    height: int
    expires_at: str | None

    def as_json(self) -> dict[str, Any]:
        """Return it as the server answered it."""
        return {name: getattr(self, field) for field, name in _WIRE.items()}

    @staticmethod
    def of(answer: dict[str, Any]) -> "Picture":
        """Read an answer of `complete`.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        picture = Picture(**{field: answer[name] for field, name in _WIRE.items()})
        if not all(type(number) is int for number in (picture.size, picture.width, picture.height)):
            raise TypeError("numbers")
        texts = [value for field, value in asdict(picture).items() if field not in ("size", "width", "height")]
        if not all(isinstance(text, str) for text in texts[:-1]) or not isinstance(texts[-1], str | None):
            raise TypeError("texts")
        # It is printed as it is, one to a line, and pasted anywhere.
        _checked_link(picture.view_url)
        return picture


@dataclass(frozen=True)
class Album:
    """One link for many pictures, and what edits and deletes it."""

    url: str
    edit_token: str

    @staticmethod
    def of(answer: dict[str, Any]) -> "Album":
        """Read an answer.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        return Album(_checked_link(answer["albumURL"]), str(answer["editToken"]))


def key_of(link: str) -> str | None:
    """Return the key in the link to a picture or to its page."""
    found = _KEY.search(link)
    return f"{found[1]}.{found[2]}" if found else None


def _checked_link(link: str) -> str:
    if not re.fullmatch(r"https?://[!-~]+", link):
        raise ValueError("no link")
    return link


_WIRE: Final = {
    "upload_id": "uploadId",
    "view_url": "viewURL",
    "delete_url": "deleteURL",
    "delete_token": "deleteToken",
    "filename": "filename",
    "content_type": "contentType",
    "size": "size",
    "width": "width",
    "height": "height",
    "expires_at": "expiresAt",
}
