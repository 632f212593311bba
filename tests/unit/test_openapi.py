"""openapi.json is whole, and the API does what it promises: schemathesis makes calls of every kind."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.exceptions import default_exceptions

from app import create_app, errors, frontend, openapi, problems
from app.pictures import EXTENSIONS
from app.services import services
from config import ROOT, Config
from tests.conftest import picture
from tests.unit.conftest import ORIGIN

# The engine of its command line: it asks in more ways (other methods, each limit by one) than its pytest plugin, which
# moreover does not run under pytest 9.2.
SETTINGS = {
    "generation": {"deterministic": True, "max-examples": 200, "database": "none"},
    "continue-on-failure": True,
    "operations": [
        # Only the server can say which bytes are a picture; and a number in a form is text.
        {
            "include-path": path,
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "303", "400", "413", "422", "5xx"]},
                "negative_data_rejection": {"enabled": False},
            },
        }
        for path in ("/", "/uploads", "/upload", "/api/1/upload")
    ]
    + [
        # Only the server can say which pictures and albums there are.
        {
            "include-path": path,
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "403", "404", "422", "5xx"]}},
        }
        for path in ("/albums", "/albums/{album_id}")
    ]
    + [
        # oEmbed itself asks for 501 where a format is not spoken.
        {
            "include-path": "/oembed",
            "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "501"]}},
        }
    ],
    "workers": 1,
    "checks": {
        # Its own list, and 413: a generated token may be longer than any body.
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422", "5xx"]
        },
    },
}

for content_type in EXTENSIONS:

    @schemathesis.serializer(content_type)
    def picture_alone(_: Any, value: Any) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def schema(aws: Config, monkeypatch: pytest.MonkeyPatch) -> Any:
    # A page that is built would answer GET /.
    monkeypatch.setattr(frontend, "DIST", ROOT / "nothing")
    app = create_app(aws)
    services(app).upkeep.set_up([ORIGIN])
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app, config=SchemathesisConfig.from_dict(SETTINGS))

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        status = body.get("status") if isinstance(body, dict) else None
        if isinstance(status, float) and status.is_integer():
            body["status"] = int(status)
        size = body.get("size") if isinstance(body, dict) else None
        if isinstance(size, int | float) and size >= 1:
            # How much is accepted is a setting: /uploads/limits says it, the document can't. And JSON Schema calls 5.0
            # an integer, which no client writes.
            body["size"] = min(int(size) if size == int(size) else size, aws.max_upload_bytes)
        return body

    return schema


@pytest.mark.slow
def test_api_keeps_its_promises(schema: Any) -> None:
    asked: Counter[str] = Counter()
    failures = []
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            asked[recorder.label] += len(recorder.interactions)
            for case, checks in recorder.checks.items():
                for check in checks:
                    if check.failure_info:
                        request = recorder.cases[case].value.as_curl_command()
                        failures.append(f"{check.name}: {check.failure_info.failure}\n{request}\n")
    assert not failures, "\n\n".join(failures)
    # Some of what one call answers, another asks for: such calls are tried one after the other as well.
    assert set(asked) - {"Stateful tests"} == {result.ok().label for result in schema.get_all_operations()}
    assert all(asked.values())
    assert asked["POST /uploads/init"] > 200


def test_whole_life_of_a_picture_is_as_promised(schema: Any) -> None:
    png = picture("image/png")

    def ask(call: str, status: int, **body: Any) -> Any:
        case = schema[f"/uploads/{call}"]["POST"].Case(body=body, media_type="application/json")
        answer = case.call()
        assert answer.status_code == status, answer.text
        case.validate_response(answer)
        return answer.json() if answer.content else None

    upload = ask("init", 201, contentType="image/png", size=len(png), filename="é.png", expiresIn="7d")
    token = upload["uploadToken"]
    ask("complete", 409, uploadToken=token)
    assert requests.request(upload["method"], upload["uploadURL"], data=png, headers=upload["headers"], timeout=60).ok
    result = ask("complete", 201, uploadToken=token)
    assert result["expiresAt"] is not None
    assert ask("lookup", 200, deleteToken=result["deleteToken"]) == {"viewURL": result["viewURL"]}
    ask("delete", 204, deleteToken=result["deleteToken"])
    ask("delete", 204, deleteToken=result["deleteToken"])
    ask("complete", 410, uploadToken=token)


# What the document says

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
CALLS = {
    f"{method} {path}": call
    for path, calls in DOCUMENT["paths"].items()
    for method, call in calls.items()
    if method != "parameters"
}


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference into the document."""
    while "$ref" in node:
        *_, kind, name = node["$ref"].split("/")
        node = DOCUMENT["components"][kind][name]
    return node


def bodies(call: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the request and each answer of a call: `request` or the status, the media type, and what is said of it."""
    parts = {"request": call.get("requestBody", {}), **call["responses"]}
    for name, part in parts.items():
        for media_type, said in resolve(part).get("content", {}).items():
            yield name, media_type, said


def examples(said: dict[str, Any]) -> list[Any]:
    named = [resolve(each)["value"] for each in said.get("examples", {}).values()]
    return named or [said["example"]]


def codes(call: dict[str, Any]) -> set[str]:
    """Return the codes of the problems that a call is said to answer."""
    return {
        example["code"]
        for part, media_type, said in bodies(call)
        for example in (examples(said) if media_type == "application/problem+json" and part != "default" else [])
    }


def test_document_is_valid() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize("name", CALLS)
def test_every_body_has_examples_that_fit_its_schema(name: str) -> None:
    call = CALLS[name]
    for part, media_type, said in bodies(call):
        validator = OAS31Validator({**said["schema"], "components": DOCUMENT["components"]})
        for example in examples(said):
            validator.validate(example)
            if media_type == "application/problem+json" and part != "default":
                assert str(example["status"]) == part
    assert name.startswith("get ") or "requestBody" in call


@pytest.mark.parametrize("name", CALLS)
def test_example_of_a_request_is_accepted(down: Config, name: str) -> None:
    app = create_app(down)
    pictures = services(app).storage.links.public_url("")
    for part, media_type, said in bodies(CALLS[name]):
        for example in examples(said) if (part, media_type) == ("request", "application/json") else []:
            method, path = name.replace("{album_id}", "0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee").split()
            ours = json.loads(json.dumps(example).replace("https://img.example.org/i/", pictures))
            answer = app.test_client().open(path, method=method.upper(), json=ours)
            # No server made its token, and no store can be asked about its pictures.
            refused = ("invalid_token", "store_unavailable")
            assert answer.status_code < 300 or answer.json["code"] in refused, answer.text


def concrete(kind: type[errors.ServiceError]) -> Iterator[type[errors.ServiceError]]:
    for child in kind.__subclasses__():
        if hasattr(child, "code"):
            yield child
        yield from concrete(child)


OURS = {error.__name__: error for error in concrete(errors.ServiceError)}
HTTPS = [each for each in vars(openapi).values() if isinstance(each, openapi.Http)]


def test_every_code_is_documented_and_no_other() -> None:
    listed = {code for call in CALLS.values() for code in codes(call)}
    # Of no call, but of other paths and methods.
    listed |= {openapi.NOT_FOUND.code, openapi.METHOD_NOT_ALLOWED.code}
    assert listed == {error.code for error in OURS.values()} | {each.code for each in HTTPS}
    assert listed == set(DOCUMENT["components"]["examples"])


def raised() -> Iterator[tuple[str, str]]:
    """Yield each error that app/ makes: the name of its class, and a pattern of the sentence that clients read."""
    for path in [*(ROOT / "app").rglob("*.py"), ROOT / "stream.py"]:
        tree = ast.parse(path.read_text())
        constants = {
            node.target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }

        def pattern(node: Any, known: dict[str, Any] = constants) -> str:
            if isinstance(node, ast.Constant):
                return re.escape(str(node.value))
            if isinstance(node, ast.JoinedStr):
                return "".join(map(pattern, node.values))
            if isinstance(node, ast.Name) and node.id in known:
                return pattern(known[node.id])
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "strip":
                return pattern(node.func.value)
            return ANYTHING

        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                name = ast.unparse(node.func)
                yield name, pattern(node.args[1 if name in ("InvalidRequest", "PicturesMissing") else 0])


ANYTHING = "(.*)"
#: What our code says, not werkzeug.
SENTENCES = [
    *((name, error.example) for name, error in OURS.items()),
    *(
        (kind.__name__, each.detail)
        for each in HTTPS
        for kind in [default_exceptions[each.status]]
        if each.detail not in (kind.description, problems.UNFORESEEN)
    ),
]


@pytest.mark.parametrize(("name", "sentence"), SENTENCES)
def test_example_is_a_sentence_of_the_code(name: str, sentence: str) -> None:
    patterns = [pattern for raiser, pattern in raised() if raiser == name]
    assert patterns, f"{name} is never raised"
    assert any(re.fullmatch(pattern, sentence) for pattern in patterns if pattern != ANYTHING), patterns
