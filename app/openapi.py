"""What OpenAPI says of errors: which codes each call answers with, and an example of each.

The examples are made by the code that answers. So nothing is said twice but the sentences of HTTP's own errors;
tests/unit/test_openapi.py compares those, and holds that every code is documented.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from apispec import APISpec, BasePlugin
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from app import problems
from app.errors import InvalidRequest, ServiceError, ServiceWorkerRefused, UnknownHost

DESCRIPTION: Final = """\
Three calls make a picture public: `init` signs one PUT, the client sends the bytes straight to the store, `complete`
looks at what arrived and publishes it. The store refuses other bytes than were promised.

Every error is a problem of RFC 9457 with a `code` that never changes its meaning: switch on that, and show `detail` to
people. After a 503 or a 429, wait as long as `Retry-After` says, then repeat the same call. Each answer has an
`X-Request-ID`, which names the request to whoever reads the log."""


@dataclass(frozen=True)
class Http:
    """One of HTTP's own errors, with a sentence that clients read."""

    status: int
    code: str
    detail: str
    headers: tuple[str, ...] = ()


def _raised(error: type[HTTPException], *headers: str) -> Http:
    """Return an error as werkzeug raises it."""
    problem = problems.of_http(error(), sent_json=True)
    return Http(problem["status"], problem["code"], problem["detail"], headers)


MALFORMED_JSON: Final = Http(400, problems.CODES[400], "Invalid JSON body.")
NOT_FOUND: Final = _raised(NotFound)
METHOD_NOT_ALLOWED: Final = _raised(MethodNotAllowed, "Allow")
BODY_TOO_LARGE: Final = _raised(RequestEntityTooLarge)
UNSUPPORTED_MEDIA_TYPE: Final = Http(415, "unsupported_media_type", "Send the body as application/json.")
RATE_LIMITED: Final = Http(
    429,
    problems.CODES[429],
    "Too many requests from your address: 60 per 1 minute at most. Wait as long as Retry-After says.",
    ("Retry-After",),
)
INTERNAL_ERROR: Final = Http(500, problems.CODES[500], problems.UNFORESEEN)

UNKNOWN_PICTURE: Final = Http(404, NOT_FOUND.code, "url leads to no picture of this server.")
NO_XML: Final = Http(501, "not_implemented", "There is JSON only: leave format out, or send format=json.")
NO_SETTINGS: Final = Http(404, NOT_FOUND.code, "There are no such settings. There are: sharex.sxcu, picgo.json.")
NO_RELAY: Final = Http(
    410, "gone", "This server takes no pictures from other programs (RELAY_UPLOADS=0). Upload on its page."
)

#: What a call may answer: an error, or a class of errors that has no code itself, which stands for all below it.
Kind = type[ServiceError] | Http
#: Returns the members that a call adds to a problem, for the programs that it speaks with.
Members = Callable[[dict[str, Any]], dict[str, Any]]

REQUEST_TIMEOUT: Final = Http(408, "request_timeout", "The body arrives too slowly, or not at all.")
# The same of pictures, which some calls take themselves.
MALFORMED_FORM: Final = Http(
    400, "bad_request", "The body is not multipart/form-data as RFC 7578 describes it, or ended early."
)
PICTURES_TOO_LARGE: Final = Http(
    413, BODY_TOO_LARGE.code, "The pictures of one request may have 26214400 bytes together."
)
NO_PICTURE: Final = Http(
    415, UNSUPPORTED_MEDIA_TYPE.code, "Send multipart/form-data, or a picture alone with its type, as image/png."
)

#: Of every call; only /health and /health/ready answer to any host.
ANY_CALL: Final[tuple[Kind, ...]] = (ServiceWorkerRefused, UnknownHost, INTERNAL_ERROR)
#: Of a call that takes JSON.
JSON_CALL: Final[tuple[Kind, ...]] = (*ANY_CALL, MALFORMED_JSON, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, InvalidRequest)

_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_HEADERS: Final = {
    "Allow": "The methods that the path takes.",
    "Retry-After": "Seconds after which a repeat may succeed.",
    "WWW-Authenticate": "How to send the access token.",
}


@dataclass
class _Answer:
    """The problems that one call answers with one status: each code with its example, and the headers."""

    examples: dict[str, dict[str, Any]] = field(default_factory=dict)
    headers: set[str] = field(default_factory=set)


class ErrorsPlugin(BasePlugin):
    """Turns the `problems` of each call into responses, and puts those that succeed first, for people who read them."""

    def init_spec(self, spec: APISpec) -> None:
        """Document what belongs to no call."""
        self._components = spec.components
        other = _Answer()
        for answer in _by_status((NOT_FOUND, METHOD_NOT_ALLOWED)).values():
            other.examples |= answer.examples
            other.headers |= answer.headers
        description = "Any other problem (RFC 9457): there is no such path or method."
        self._components.response("PROBLEM", self._describe(other, description, _PROBLEM))

    def operation_helper(self, path: Any = None, operations: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
        """Document the problems of each operation of a path."""
        for operation in (operations or {}).values():
            answers = {str(status): answer for status, answer in operation["responses"].items()}
            more = operation.pop("members", None)
            for status, answer in _by_status(operation.pop("problems", ())).items():
                if more:
                    answer.examples = {code: problem | more(problem) for code, problem in answer.examples.items()}
                answers[status] = self._refer(status, answer)
            operation["responses"] = dict(sorted(answers.items()))

    def _refer(self, status: str, answer: _Answer) -> dict[str, Any]:
        """Describe each set of codes once: many calls share it."""
        codes = list(answer.examples)
        listed = f"{HTTPStatus(int(status)).phrase}: {', '.join(f'`{code}`' for code in codes)}."
        narrowed = {"type": "object", "properties": {"code": {"type": "string", "enum": codes}}}
        described = self._describe(answer, listed, {"allOf": [_PROBLEM, narrowed]})
        name = "-".join(codes)
        if name not in self._components.responses:
            self._components.response(name, described)
        same = self._components.responses[name] == described
        return {"$ref": f"#/components/responses/{name}"} if same else described

    def _describe(self, answer: _Answer, description: str, schema: dict[str, Any]) -> dict[str, Any]:
        headers = {
            name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in sorted(answer.headers)
        }
        examples = {code: self._example(code, problem) for code, problem in answer.examples.items()}
        content = {problems.PROBLEM_JSON: {"schema": schema, "examples": examples}}
        return {"description": description, **({"headers": headers} if headers else {}), "content": content}

    def _example(self, code: str, problem: dict[str, Any]) -> dict[str, Any]:
        """Give each example once; a call may say the same in other words, or with more members."""
        example = {"value": problem}
        if code not in self._components.examples:
            self._components.example(code, example)
        same = self._components.examples[code] == example
        return {"$ref": f"#/components/examples/{code}"} if same else example


def _by_status(kinds: tuple[Kind, ...]) -> dict[str, _Answer]:
    found: dict[str, _Answer] = {}
    for kind in kinds:
        for problem, headers in _examples(kind):
            answer = found.setdefault(str(problem["status"]), _Answer())
            answer.examples[problem["code"]] = problem
            answer.headers.update(headers)
    return found


def _examples(kind: Kind) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Yield each problem that `kind` stands for, with the names of its headers."""
    if isinstance(kind, Http):
        yield problems.build(kind.status, kind.code, kind.detail), kind.headers
    else:
        for each in [kind] if hasattr(kind, "code") else _below(kind):
            error = each.sample()
            yield problems.of(error), tuple(problems.headers_of(error))


def _below(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)
