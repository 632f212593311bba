"""The calls of programs that make one request only: pictures in, links out, in each of the forms that they speak.

The one exception to the rule that the API carries no picture's bytes; RELAY_UPLOADS=0 turns it off.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import PurePath
from typing import Any, Final

from flask import Flask, Response, current_app, g, json, request
from werkzeug.exceptions import UnsupportedMediaType

from app import access, bodies, examples, rate_limit
from app.api import Blueprint
from app.errors import (
    AccessTokenRequired,
    Deleted,
    ForeignPage,
    InvalidRequest,
    Refused,
    StoreFull,
    Unavailable,
    UploadChanged,
    UploadMissing,
)
from app.form import FRAME_BYTES, MAX_PICTURES, Form, too_large
from app.openapi import (
    ANY_CALL,
    MALFORMED_FORM,
    NO_PICTURE,
    PICTURES_TOO_LARGE,
    RATE_LIMITED,
    REQUEST_TIMEOUT,
    Kind,
    Members,
)
from app.problems import PROBLEM_JSON
from app.receipt import describe
from app.schemas import CheveretoResponse, CompleteResponse, PicGoResponse
from app.services import services
from app.storage import EXPIRY_DAYS

blueprint = Blueprint("relay", __name__, description="Pictures in, links out, in one request.")

#: Seconds that `flask run` waits for a piece of a body; worker.py has deadlines of its own.
TIMEOUT: Final = 20
#: What may be asked of pictures, in the query or in the form, and the values of it.
_CHOICES: Final = {"expiresIn": list(EXPIRY_DAYS), "keep": ["metadata"]}
#: The same in Chevereto's form.
_FORMATS: Final = ["json", "redirect", "txt"]
#: A picture as CompleteResponse has it.
_Picture = dict[str, Any]
_PROBLEMS: Final[tuple[Kind, ...]] = (
    *ANY_CALL,
    MALFORMED_FORM,
    AccessTokenRequired,
    ForeignPage,
    REQUEST_TIMEOUT,
    UploadMissing,
    UploadChanged,
    Deleted,
    PICTURES_TOO_LARGE,
    NO_PICTURE,
    InvalidRequest,
    Refused,
    RATE_LIMITED,
    Unavailable,
    StoreFull,
)
_SECURITY: Final[list[dict[str, list[str]]]] = [{}, {"accessToken": []}, {"accessPassword": []}]
#: What the programs of a form look for in a problem, by its view.
_MEMBERS: Final[dict[str, Members]] = {
    "relay.picgo": lambda problem: {"success": False, "message": problem["detail"]},
    "relay.chevereto": lambda problem: {
        "status_code": problem["status"],
        "status_txt": problem["title"],
        "error": {"message": problem["detail"], "code": problem["status"]},
    },
}


def paths(app: Flask) -> frozenset[str]:
    """Return the paths of `app` on which it reads the body itself."""
    return frozenset(rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{blueprint.name}."))


@blueprint.post("/uploads")
@blueprint.response(
    201,
    bodies.PUBLISHED,
    description="Published. As text, if Accept prefers text/plain.",
    examples={"one": {"value": examples.PUBLISHED}, "several": {"value": {"uploads": [examples.PUBLISHED]}}},
)
@blueprint.alt_response(201, schema=bodies.LINKS, content_type="text/plain", example=examples.LINK)
@blueprint.problems(*_PROBLEMS)
@blueprint.doc(
    requestBody=bodies.pictures("file", closed=True, filename=bodies.TEXT),
    parameters=[*bodies.QUERY, bodies.FILENAME],
    security=_SECURITY,
)
def upload() -> Response:
    """Publish the pictures that the request carries, all or none."""
    pictures, _ = _take(known={"key", "filename"})
    accepted = request.accept_mimetypes
    if accepted["text/plain"] > accepted["application/json"]:
        return _text(pictures)
    return _json(pictures[0] if len(pictures) == 1 else {"uploads": pictures}, 201)


@blueprint.post("/")
@blueprint.response(201, bodies.LINKS, content_type="text/plain", description="Published.", example=examples.LINK)
@blueprint.problems(*_PROBLEMS)
@blueprint.doc(
    requestBody=bodies.pictures("file", closed=True, filename=bodies.TEXT),
    parameters=[*bodies.QUERY, bodies.FILENAME],
    security=_SECURITY,
)
def post() -> Response:
    """Publish pictures and answer with their links alone, a line each."""
    pictures, _ = _take(known={"key", "filename"})
    return _text(pictures)


@blueprint.post("/upload")
@blueprint.response(200, PicGoResponse, description="Published.", example=examples.PICGO)
@blueprint.problems(*_PROBLEMS, members=_MEMBERS["relay.picgo"])
@blueprint.doc(requestBody=bodies.pictures("files"), parameters=bodies.QUERY, security=_SECURITY)
def picgo() -> Response:
    """Publish pictures, in the form of PicGo's server."""
    pictures, _ = _take()
    return _json({"success": True, "result": [picture["viewURL"] for picture in pictures]}, 200)


@blueprint.post("/api/1/upload")
@blueprint.response(200, CheveretoResponse, description="Published.", example=examples.CHEVERETO)
@blueprint.alt_response(200, schema=bodies.LINKS, content_type="text/plain", example=examples.LINK.strip())
@blueprint.alt_response(303, description="Published: the picture itself, with format=redirect.")
@blueprint.problems(*_PROBLEMS, members=_MEMBERS["relay.chevereto"])
@blueprint.doc(
    requestBody=bodies.pictures("source", several=False, format={"type": "string", "enum": _FORMATS}),
    parameters=bodies.QUERY,
    security=_SECURITY,
)
def chevereto() -> Response:
    """Publish one picture, in the form of Chevereto's API v1."""
    (picture,), options = _take(most=1)
    match options.get("format"):
        case "txt":
            return Response(picture["viewURL"], 200, mimetype="text/plain")
        case "redirect":
            return Response("", 303, {"Location": picture["viewURL"]}, mimetype="text/plain")
    name = PurePath(picture["filename"])
    image = {
        "name": name.stem,
        "extension": name.suffix.removeprefix("."),
        "filename": picture["filename"],
        "mime": picture["contentType"],
        "size": picture["size"],
        "width": picture["width"],
        "height": picture["height"],
        "url": picture["viewURL"],
        "url_viewer": picture["viewURL"],
        "display_url": picture["viewURL"],
        "thumb": {"url": picture["viewURL"]},
        "delete_url": picture["deleteURL"],
    }
    success = {"message": "image uploaded", "code": 200}
    return _json({"status_code": 200, "success": success, "image": image, "status_txt": "OK"}, 200)


@blueprint.after_request
def explain(response: Response) -> Response:
    """Add to a problem what the program looks for that has called."""
    members = _MEMBERS.get(str(request.endpoint))
    if members and response.mimetype == PROBLEM_JSON:
        problem = response.get_json()
        response.set_data(json.dumps(problem | members(problem)))
    return response


def _take(known: set[str] | None = None, most: int = MAX_PICTURES) -> tuple[list[_Picture], dict[str, str]]:
    """Read the request, publish its pictures, and return them with the options that came along.

    Whatever can be refused by the head of the request is refused before its body is read.

    Args:
        known: options that there may be beside _CHOICES; None for any, which are left alone.
        most: pictures that there may be.
    """
    config, courier = services().config, services().courier
    access.refuse_foreign_page(config.page_origins)
    is_form = request.mimetype == "multipart/form-data"
    if not is_form and request.mimetype not in ("", "application/octet-stream") and request.mimetype[:6] != "image/":
        raise UnsupportedMediaType("Send multipart/form-data, or a picture alone with its type, as image/png.")
    # The token may yet come, as a field; until then, a stranger holds no place.
    is_stranger = is_form and config.upload_tokens and not access.names_itself()
    if not is_stranger:
        access.require_any_token(config.upload_tokens, None)
    _check(request.args, known)
    limit = config.max_upload_bytes
    if (request.content_length or 0) > limit + FRAME_BYTES * is_form:
        raise too_large(limit)
    services().disk.check(request.content_length or 0)
    with ExitStack() as stack:

        def admit(fields: Mapping[str, str]) -> None:
            access.require_any_token(config.upload_tokens, fields.get("key"))
            stack.enter_context(courier.place())

        if not is_stranger:
            stack.enter_context(courier.place())
        form = stack.enter_context(
            Form(courier.folder, limit, most, admit if is_stranger else lambda _: None, rate_limit.count_again)
        )
        _read(form, is_form=is_form, most=limit + FRAME_BYTES)
        options = {**request.args, **form.fields}
        _check(options, known)
        with services().disk.to_blame(form.size):
            done = courier.deliver(form, options.get("expiresIn"), keep_metadata="keep" in options)
    g.relayed = [published.size for _, published in done]
    current_app.logger.info("Relayed %d pictures, %d bytes", len(done), sum(g.relayed))
    return [CompleteResponse().dump(describe(*each)) for each in done], options


def _read(form: Form, *, is_form: bool, most: int) -> None:
    """Read the body, of at most `most` bytes, into `form`."""
    if connection := request.environ.get("werkzeug.socket"):
        connection.settimeout(TIMEOUT)
    request.max_content_length = most + 1
    if is_form:
        form.read_multipart(request.stream, request.mimetype_params.get("boundary", ""))
    else:
        form.read_raw(request.stream, request.args.get("filename"))


def _check(options: Mapping[str, str], known: set[str] | None) -> None:
    """Refuse an option that is unknown, or has a value that is none of its own."""
    for name, value in options.items():
        choices = _FORMATS if name == "format" and known is None else _CHOICES.get(name)
        if choices is None and known is not None and name not in known:
            raise InvalidRequest(name, "Unknown field.")
        if choices is not None and value not in choices:
            raise InvalidRequest(name, f"Must be one of: {', '.join(choices)}.")


def _text(pictures: list[_Picture]) -> Response:
    return Response("".join(f"{picture['viewURL']}\n" for picture in pictures), 201, mimetype="text/plain")


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
