"""OpenAPI, and one shape for every error: RFC 9457 problem details."""

from collections.abc import Callable
from typing import Any

import flask_smorest
from flask import Flask, Request, Response, current_app, json, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

from app import problems
from app.errors import RelayBusy, ServiceError, StoreUnavailable, Unavailable
from app.openapi import DESCRIPTION, ErrorsPlugin, Kind, Members
from app.schemas import Problem


class Api(flask_smorest.Api):
    """Answers errors with problem details; flask-smorest's own answers lose `Allow`."""

    DEFAULT_ERROR_RESPONSE_NAME = "PROBLEM"

    def init_app(self, app: Flask, *, spec_kwargs: dict[str, Any] | None = None) -> None:
        """Register with `app`."""
        info = {"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}}
        super().init_app(app, spec_kwargs={"extra_plugins": [ErrorsPlugin()], "info": info, **(spec_kwargs or {})})
        self.spec.components.schema("Problem", schema=Problem)
        self.spec.components.security_scheme(
            "accessToken",
            {
                "type": "http",
                "scheme": "bearer",
                "description": "An access token, if /uploads/limits says that one is needed.",
            },
        )
        self.spec.components.security_scheme(
            "accessPassword",
            {
                "type": "http",
                "scheme": "basic",
                "description": "The same token as a password, for calls that take pictures; any name goes with it.",
            },
        )
        app.register_error_handler(ServiceError, _service_error)
        app.before_request(_require_json)

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer an error that Flask, werkzeug or webargs raised, and keep its headers."""
        response = _answer(problems.of_http(error, sent_json=request.is_json))
        for name, value in error.get_response().headers:
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response


class _Parser(FlaskParser):
    def load_json(self, req: Request, schema: Any) -> Any:  # noqa: ARG002 - webargs names it
        # `_require_json` has seen to the type of the body.
        body = req.get_data()
        try:
            return json.loads(body.decode()) if body else {}
        except (RecursionError, ValueError) as error:  # Also a thousand brackets, or a number of five thousand digits.
            raise BadRequest("Invalid JSON body.") from error


class Blueprint(flask_smorest.Blueprint):
    """Treats hostile JSON as malformed, and documents problem details."""

    ARGUMENTS_PARSER = _Parser()

    def problems(self, *kinds: Kind, members: Members | None = None) -> Callable[[Any], Any]:
        """Document every problem that a view may answer with; `members` returns what is added to each."""
        documented: Callable[[Any], Any] = self.doc(problems=kinds, members=members)
        return documented


def log(error: ServiceError) -> None:
    """Tell the operator what keeps us from answering, if that is what `error` says."""
    if isinstance(error, StoreUnavailable):
        line = "The store fails us: %s. %s (%r)"
        extra = {"kind": error.trouble}
        current_app.logger.error(line, error.trouble, error.remedy, error.__cause__, extra=extra)
    elif isinstance(error, Unavailable) and not isinstance(error, RelayBusy):
        current_app.logger.error("%s (%r)", error.detail, error.__cause__)


def _service_error(error: ServiceError) -> Response:
    log(error)
    response = _answer(problems.of(error))
    response.headers.update(problems.headers_of(error))
    return response


def _answer(problem: dict[str, Any]) -> Response:
    return Response(json.dumps(problem), problem["status"], mimetype=problems.PROBLEM_JSON)


def _require_json() -> None:
    # The parser reads whatever comes as JSON.
    rule = request.url_rule
    if request.method not in ("POST", "PUT") or request.is_json:
        return
    if rule and rule.rule not in current_app.config["STREAMED"]:
        raise UnsupportedMediaType("Send the body as application/json.")
