"""Ready-made settings for the programs that people upload with, filled in with the address of this server.

No file carries an access token: where one is needed, there is a mark in its place, which the page "Apps" replaces in
the browser. docs/clients.md says how each program is set up.
"""

import json
import shlex
import zlib
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Response, render_template
from werkzeug.exceptions import Gone, NotFound

from app.api import Blueprint
from app.openapi import ANY_CALL, NO_RELAY, NO_SETTINGS
from app.services import services, site

#: Stands where people put their access token; frontend/src/apps/settings.ts knows it too.
MARK: Final = "YOUR_ACCESS_TOKEN"

blueprint = Blueprint("clients", __name__, url_prefix="/clients", description="Settings for other programs.")
blueprint.app_template_filter("quote")(shlex.quote)

_Settings = dict[str, Any]


def _sharex(address: str, headers: dict[str, str]) -> _Settings:
    # A ShareX before 13.7.2 would read {json:…} as plain text; the version tells it that it is too old.
    return {
        "Version": "15.0.0",
        "Name": _name(address),
        "DestinationType": "ImageUploader",
        "RequestMethod": "POST",
        "RequestURL": f"{address}/uploads",
        **({"Headers": headers} if headers else {}),
        "Body": "MultipartFormData",
        "FileFormName": "file",
        "URL": "{json:viewURL}",
        # ShareX opens it in a browser, where a page asks before it deletes.
        "DeletionURL": "{json:deleteURL}",
        "ErrorMessage": "{json:detail}",
    }


def _picgo(address: str, headers: dict[str, str]) -> _Settings:
    uploader = {
        "url": f"{address}/uploads",
        "paramName": "file",
        # Without a path the plug-in hands on the whole answer.
        "jsonPath": "viewURL",
        # PicGo's command, for which Typora waits, ends only when its connection does.
        "customHeader": json.dumps({"Connection": "close"} | headers),
        "customBody": "{}",
    }
    return {
        "picBed": {"uploader": "web-uploader", "current": "web-uploader", "web-uploader": uploader},
        "picgoPlugins": {"picgo-plugin-web-uploader": True},
    }


def _piclist(address: str, headers: dict[str, str]) -> _Settings:
    uploader = {
        "endpoint": f"{address}/uploads",
        "method": "POST",
        "formDataKey": "file",
        "headers": json.dumps(headers),
        "body": "{}",
        "customPrefix": "",
        "resDataPath": "viewURL",
    }
    return {"picBed": {"uploader": "advancedplist", "current": "advancedplist", "advancedplist": uploader}}


def _upic(address: str, headers: dict[str, str]) -> list[str]:
    # uPic exports JSON in JSON in JSON, and imports nothing else.
    uploader = {
        "url": f"{address}/uploads",
        "method": "POST",
        "field": "file",
        "headers": json.dumps([{"key": name, "value": value} for name, value in headers.items()]),
        "bodys": "[]",
        "resultPath": '["viewURL"]',
        "domain": "",
        "saveKeyPath": "",
        "suffix": "",
    }
    # The same each time, so that a second import is known for what it is.
    host = {
        "id": str(zlib.crc32(address.encode())),
        "name": _name(address),
        "type": "custom",
        "data": json.dumps(uploader),
    }
    return [json.dumps(host)]


def _ishare(address: str, headers: dict[str, str]) -> _Settings:
    # No deletionURL: ishare would call it itself, and a GET deletes nothing.
    return {
        "name": _name(address),
        "requestURL": f"{address}/uploads",
        **({"headers": headers} if headers else {}),
        "fileFormName": "file",
        "responseURL": "{{viewURL}}",
    }


def _img_fast(address: str, headers: dict[str, str]) -> _Settings:
    return {
        # It takes 200 alone for success, so it speaks to /upload.
        "img-fast.uploadUrl": f"{address}/upload",
        "img-fast.uploadMethod": "POST",
        "img-fast.uploadFormDataKey": "file",
        "img-fast.authorization": headers.get("Authorization", ""),
    }


def _name(address: str) -> str:
    return urlsplit(address).netloc


_JSON: Final[dict[str, Callable[[str, dict[str, str]], Any]]] = {
    "sharex.sxcu": _sharex,
    "picgo.json": _picgo,
    "piclist.json": _piclist,
    "upic.json": _upic,
    "ishare.iscu": _ishare,
    "vscode-img-fast.json": _img_fast,
}
#: It uploads as the page does, so it needs no relay.
UPPY: Final = "uppy.js"
FILES: Final = (*_JSON, "flameshot.sh", "ksnip.sh", "spectacle.sh", "gnome.sh", "curl.sh", UPPY)


@blueprint.get(
    "/<file>",
    parameters=[{"name": "file", "in": "path", "required": True, "schema": {"type": "string", "enum": list(FILES)}}],
)
@blueprint.response(
    200,
    {"type": ["object", "array"]},
    description="A file to save.",
    example={"RequestURL": "https://img.example.org/uploads"},
)
@blueprint.alt_response(
    200,
    schema={"type": "string"},
    content_type="text/x-shellscript",
    example="#!/bin/sh\ncurl -F file=@- https://img.example.org/uploads",
)
@blueprint.alt_response(
    200,
    schema={"type": "string"},
    content_type="text/javascript",
    example='const site = "https://img.example.org";',
)
@blueprint.problems(*ANY_CALL, NO_SETTINGS, NO_RELAY)
def settings(file: str) -> Response:
    """Give the settings of a program, to be saved as a file."""
    if file not in FILES:
        raise NotFound(f"There are no such settings. There are: {', '.join(FILES)}.")
    config = services().config
    if not (config.relay_uploads or file == UPPY):
        raise Gone("This server takes no pictures from other programs (RELAY_UPLOADS=0). Upload on its page.")
    if file.endswith(".sh"):
        token = MARK if config.upload_tokens else ""
        body = render_template(f"clients/{file}", url=f"{site()}/uploads", token=token) + "\n"
        mimetype = "text/x-shellscript"
    elif file == UPPY:
        token = MARK if config.upload_tokens else ""
        body = render_template(f"clients/{file}", site=json.dumps(site()), token=json.dumps(token)) + "\n"
        mimetype = "text/javascript"
    else:
        headers = {"Authorization": f"Bearer {MARK}"} if config.upload_tokens else {}
        body = json.dumps(_JSON[file](site(), headers), indent=2, ensure_ascii=False) + "\n"
        mimetype = "application/json"
    response = Response(body, mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=file)
    return response
