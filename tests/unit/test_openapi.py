"""The API does what openapi.json promises: schemathesis makes valid and invalid calls of every kind."""

from collections import Counter
from typing import Any

import pytest
import requests
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from config import Config
from tests.conftest import picture

# The engine of its command line: it asks in more ways (other methods, each limit by one) than its pytest plugin, which
# moreover does not run under pytest 9.2.
SETTINGS = {
    "generation": {"deterministic": True, "max-examples": 200, "database": "none"},
    "continue-on-failure": True,
    "workers": 1,
    "checks": {
        # Its own list, and 413: a generated token may be longer than any body.
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422", "5xx"]
        },
    },
}


@pytest.fixture
def schema(moto_app: Flask, aws: Config) -> Any:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", moto_app, config=SchemathesisConfig.from_dict(SETTINGS))

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
    assert set(asked) == {result.ok().label for result in schema.get_all_operations()}
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
