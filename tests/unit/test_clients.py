"""The settings that other programs get: their form, the server's address in them, and no token."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.clients import FILES, MARK, UPPY
from config import Config, hash_token

Configure = Callable[..., Config]
SECRET = "a-token-of-somebody"
#: Every character that an address may have and a program may take for something else.
HOSTILE = "https://img.test:8443/it's/$(touch x)/`id`/\"&;%7B|"

SHELLCHECK = shutil.which("shellcheck")
SCRIPTS = [file for file in FILES if file.endswith(".sh")]


def private(configure: Configure) -> FlaskClient:
    return create_app(configure(upload_tokens=[hash_token(SECRET)])).test_client()


@pytest.mark.parametrize("file", FILES)
def test_settings_are_a_file_with_the_address_of_the_server(client: FlaskClient, file: str) -> None:
    answer = client.get(f"/clients/{file}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename={file}"
    assert answer.headers["Cache-Control"] == "no-store"
    types = {".sh": "text/x-shellscript", ".js": "text/javascript"}
    assert answer.mimetype == types.get(file[-3:], "application/json")
    assert ("https://img.test" if file == UPPY else "https://img.test/upload") in answer.text
    # Nobody is asked for a token that the server does not want.
    assert MARK not in answer.text
    assert "Bearer" not in answer.text or file.endswith((".sh", ".js"))


@pytest.mark.parametrize("file", FILES)
def test_private_server_marks_the_place_of_the_token(configure: Configure, file: str) -> None:
    text = private(configure).get(f"/clients/{file}").text
    assert text.count(MARK) == 1
    assert SECRET not in text
    places = {".sh": f"token='{MARK}'", ".js": f'token = "{MARK}"'}
    assert places.get(file[-3:], f"Bearer {MARK}") in text


@pytest.mark.parametrize("file", FILES)
def test_token_that_somebody_sends_along_is_never_in_the_file(configure: Configure, file: str) -> None:
    client = private(configure)
    text = client.get(f"/clients/{file}?token={SECRET}", headers={"Authorization": f"Bearer {SECRET}"}).text
    assert SECRET not in text


@pytest.mark.parametrize("file", FILES)
def test_without_site_url_the_address_is_the_one_that_was_asked(configure: Configure, file: str) -> None:
    client = create_app(configure(site_url=None)).test_client()
    address = "http://localhost:8123" if file == UPPY else "http://localhost:8123/upload"
    assert address in client.get(f"/clients/{file}", headers={"Host": "localhost:8123"}).text
    assert client.get(f"/clients/{file}", headers={"Host": "evil.test"}).status_code == 421


@pytest.mark.parametrize(
    "file", ["", "sharex", "SHAREX.sxcu", "upload.sh", "screenshot.sh", "uppy.txt", "../../config.py"]
)
def test_unknown_settings_are_not_found(client: FlaskClient, file: str) -> None:
    answer = client.get(f"/clients/{file}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_uppy_needs_no_relay(configure: Configure) -> None:
    assert create_app(configure(relay_uploads=False)).test_client().get(f"/clients/{UPPY}").status_code == 200


@pytest.mark.parametrize("file", [file for file in FILES if file != UPPY])
def test_server_that_relays_nothing_says_so(configure: Configure, file: str) -> None:
    answer = create_app(configure(relay_uploads=False)).test_client().get(f"/clients/{file}")
    assert (answer.status_code, answer.json["code"]) == (410, "gone")
    assert "takes no pictures from other programs" in answer.json["detail"]


def strings(value: Any) -> list[str]:
    """Return every string in JSON, in the JSON that its strings may be, and so on."""
    if isinstance(value, dict):
        return [found for inner in value.values() for found in strings(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in strings(inner)]
    if isinstance(value, str) and value[:1] in ("{", "[") and not value.startswith(("{json:", "{{")):
        return strings(json.loads(value))
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("file", [file for file in FILES if file not in (*SCRIPTS, UPPY)])
def test_address_is_escaped_for_json(configure: Configure, file: str) -> None:
    text = create_app(configure(site_url=HOSTILE)).test_client().get(f"/clients/{file}").text
    address = next(found for found in strings(json.loads(text)) if found.startswith("https:"))
    assert address.startswith(f"{HOSTILE}/upload")


def test_address_is_escaped_for_javascript(configure: Configure) -> None:
    text = create_app(configure(site_url=HOSTILE)).test_client().get(f"/clients/{UPPY}").text
    [written] = re.findall(r"^const site = (.+);$", text, re.MULTILINE)
    assert json.loads(written) == HOSTILE


@pytest.mark.parametrize("file", SCRIPTS)
def test_address_is_escaped_for_the_shell(configure: Configure, file: str) -> None:
    text = create_app(configure(site_url=HOSTILE)).test_client().get(f"/clients/{file}").text
    [written] = re.findall(r"%\{http_code\}' (.+)$", text, re.MULTILINE)
    read = subprocess.run(["/bin/dash", "-c", f"printf %s {written}"], capture_output=True, text=True, check=True)
    assert read.stdout == f"{HOSTILE}/uploads"


@pytest.mark.skipif(SHELLCHECK is None, reason="no shellcheck: apt-get install shellcheck")
@pytest.mark.parametrize("needs_token", [False, True])
@pytest.mark.parametrize("file", SCRIPTS)
def test_script_is_what_every_shell_understands(configure: Configure, file: str, needs_token: bool) -> None:
    client = private(configure) if needs_token else create_app(configure()).test_client()
    text = client.get(f"/clients/{file}").text
    assert text.startswith("#!/bin/sh\n")
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    checked = subprocess.run([str(SHELLCHECK), "--shell=sh", "-"], input=text, capture_output=True, text=True)
    assert checked.stdout == ""
