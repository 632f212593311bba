"""The calls of an upload: init signs, complete publishes, delete takes back what lookup shows, report logs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from app import access, reports
from app.api import Blueprint
from app.errors import InvalidRequest
from app.receipt import describe
from app.schemas import (
    CompleteRequest,
    CompleteResponse,
    DeleteRequest,
    InitRequest,
    InitResponse,
    LookupResponse,
    ReportRequest,
)
from app.services import services
from app.storage import Upload

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads", description="Pictures in, links out.")


@blueprint.post("/init")
@blueprint.arguments(InitRequest())
@blueprint.response(201, InitResponse)
@blueprint.problems(400, 401, 413, 415, 422, 429, 503, 507)
@blueprint.doc(security=[{}, {"accessToken": []}])
def init(body: dict[str, Any]) -> dict[str, Any]:
    """Sign a PUT of one picture straight to the store."""
    config, storage, tokens = services().config, services().storage, services().tokens
    access.require_token(config.upload_tokens)
    if body["size"] > config.max_upload_bytes:
        raise InvalidRequest("size", f"Must be at most {config.max_upload_bytes} bytes.")
    services().disk.check(body["size"])
    upload = Upload.new(**body)
    signed = storage.sign_upload(upload.key, upload.content_type, upload.size, upload.sha256)
    return {
        "upload_id": upload.id,
        "upload_url": signed.url,
        "method": "PUT",
        "headers": signed.headers,
        "upload_token": tokens.sign_upload(upload),
        "expires_at": datetime.now(UTC) + timedelta(seconds=config.upload_url_ttl),
        "expires_in_seconds": config.upload_url_ttl,
    }


@blueprint.post("/complete")
@blueprint.arguments(CompleteRequest())
@blueprint.response(201, CompleteResponse)
@blueprint.alt_response(200, schema=CompleteResponse, description="The same again.")
@blueprint.problems(400, 403, 409, 410, 413, 415, 422, 429, 503, 507)
def complete(body: dict[str, str]) -> tuple[dict[str, Any], int]:
    """Look at the bytes that arrived and publish them. Repeating it is safe."""
    upload = services().tokens.read_upload(body["upload_token"])
    with services().disk.to_blame(upload.size):
        published = services().publisher.publish(upload)
    return describe(upload, published), 201 if published.created else 200


@blueprint.post("/delete")
@blueprint.arguments(DeleteRequest())
@blueprint.response(204)
@blueprint.problems(400, 403, 413, 415, 422, 429, 503, 507)
def delete(body: dict[str, str]) -> None:
    """Delete a picture for good; also when it is already gone."""
    key = services().tokens.read_delete(body["delete_token"])
    with services().disk.to_blame():
        services().storage.delete(key)


@blueprint.post("/lookup")
@blueprint.arguments(DeleteRequest())
@blueprint.response(200, LookupResponse)
@blueprint.problems(400, 403, 413, 415, 422, 429)
def lookup(body: dict[str, str]) -> dict[str, str]:
    """Say which picture a delete token is for, to be seen before it is deleted. The store is not asked."""
    key = services().tokens.read_delete(body["delete_token"])
    return {"view_url": services().storage.links.public_url(key)}


@blueprint.post("/report")
@blueprint.arguments(ReportRequest())
@blueprint.response(204)
@blueprint.problems(400, 403, 413, 415, 422, 429)
def report(body: dict[str, Any]) -> None:
    """Log for the operator that a PUT to the store failed: the API itself never sees one."""
    services().tokens.read_upload(body["upload_token"])
    reports.record(
        reports.PutFailure(body["kind"]),
        body.get("status"),
        services().storage.links.upload_origin,
        known_page=request.headers.get("Origin") in {None, *services().config.page_origins},
    )
