"""The one shape of every error: RFC 9457 problem details."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import HTTPException

from app.errors import AccessTokenRequired, InvalidRequest, ServiceError, StoreUnavailable, Unavailable

PROBLEM_JSON: Final = "application/problem+json"
#: What clients read of an exception that nobody foresaw.
UNFORESEEN: Final = "Something went wrong on the server; it has been logged. Try again."

#: Codes for clients to switch on, where the name that HTTP gives the status says too little.
CODES = {
    400: "malformed_json",
    413: "body_too_large",
    422: "invalid_request",
    429: "rate_limited",
    500: "internal_error",
}


def build(status: int, code: str, detail: str, errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Return a problem; `errors` are the fields that are wrong."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return {**problem, "errors": list(errors)} if errors else problem


def of(error: ServiceError) -> dict[str, Any]:
    """Return the problem that tells a client of `error`."""
    errors = []
    if isinstance(error, InvalidRequest):
        errors = [{"field": field, "message": error.message} for field in error.fields]
    problem = build(error.status, error.code, error.detail, errors)
    if isinstance(error, StoreUnavailable):
        problem["kind"] = error.trouble
    return problem


def headers_of(error: ServiceError) -> dict[str, str]:
    """Return the headers that go with the problem."""
    if isinstance(error, Unavailable) and error.retry_after:
        return {"Retry-After": str(error.retry_after)}
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, AccessTokenRequired) else {}


def of_http(error: HTTPException, *, sent_json: bool) -> dict[str, Any]:
    """Return the problem that tells a client of an error of Flask, werkzeug or webargs."""
    status = error.code or 500
    detail = UNFORESEEN if status == 500 else error.description or error.name
    invalid = getattr(error, "data", {}).get("messages", {})
    messages = invalid.get("json") or invalid.get("query")
    errors = list(_flatten(messages)) if messages else []
    if errors:
        detail = " ".join(f"{problem['field']}: {problem['message']}" for problem in errors)
    code = CODES.get(status, error.name.lower().replace(" ", "_"))
    if status == 400 and not sent_json:
        code = "bad_request"
    return build(status, code, detail, errors)


def _flatten(messages: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Turn marshmallow's nested messages into `{field, message}` rows."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flatten(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    else:
        for message in messages:
            yield {"field": path or "body", "message": message}
