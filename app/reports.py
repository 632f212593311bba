"""What browsers report of PUTs that failed: the API itself never sees one."""

from enum import StrEnum
from typing import Final

from flask import current_app

#: How many reports one client may make: each is a line of the log, and one says enough.
LIMIT: Final = "6 per minute"


class PutFailure(StrEnum):
    """Why a PUT brought no picture to the store, as the page tells it (frontend/src/engine/putFailure.ts)."""

    UNREACHABLE = "unreachable"
    CUT = "cut"
    FORBIDDEN = "forbidden"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    FAILING = "failing"


_REMEDIES: Final = {
    PutFailure.UNREACHABLE: (
        "Browsers must reach this address, and its CORS rules must allow the page's origin: run `flask storage setup`."
    ),
    PutFailure.CUT: "The browser's network may be weak, or a proxy in front of the store limits bodies.",
    PutFailure.FORBIDDEN: (
        "Check this server's clock and its keys for the store, and that no proxy in front of it changes Host."
    ),
    PutFailure.TOO_LARGE: "Let the proxy in front of the store take bodies of MAX_UPLOAD_BYTES.",
    PutFailure.REFUSED: "The store's log has the reason.",
    PutFailure.FAILING: "The store, or the proxy in front of it, answers with an error of its own: look at its log.",
}
_STRANGER: Final = " The page is of an origin that neither SITE_URL nor CORS_ORIGINS names."


def record(kind: PutFailure, status: int | None, host: str, *, known_page: bool) -> None:
    """Log one report.

    Args:
        kind: what happened.
        status: what the browser read as the store's answer, if it came.
        host: the origin that the API signed the PUT for.
        known_page: whether the page is of an origin that may upload.
    """
    fields = {"kind": kind, "put_status": status, "host": host}
    line = "A browser's upload to %s failed: %s, %s. %s"
    remedy = _REMEDIES[kind] + ("" if known_page else _STRANGER)
    current_app.logger.warning(line, host, kind, f"status {status}" if status else "no answer", remedy, extra=fields)
