"""The calls of an upload: init signs, complete publishes, delete takes back what lookup shows, report logs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from app import access, examples, reports
from app.api import Blueprint
from app.errors import (
    AccessTokenRequired,
    Deleted,
    ExpiredToken,
    InvalidRequest,
    InvalidToken,
    Refused,
    StoreFull,
    StoreMisconfigured,
    StoreUnavailable,
    UploadChanged,
    UploadMissing,
    VerifierUnavailable,
)
from app.openapi import JSON_CALL, RATE_LIMITED
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
@blueprint.arguments(
    InitRequest(), examples={"all": {"value": examples.INIT}, "shortest": {"value": examples.INIT_SHORTEST}}
)
@blueprint.response(201, InitResponse, description="Signed: PUT the bytes to uploadURL.", example=examples.SIGNED)
@blueprint.problems(*JSON_CALL, RATE_LIMITED, AccessTokenRequired, StoreUnavailable, StoreMisconfigured, StoreFull)
@blueprint.doc(security=[{}, {"accessToken": []}])
def init(body: dict[str, Any]) -> dict[str, Any]:
    """Sign a PUT of one picture straight to the store."""
    ours = services()
    config = ours.config
    access.require_token(config.upload_tokens)
    if body["size"] > config.max_upload_bytes:
        raise InvalidRequest("size", f"Must be at most {config.max_upload_bytes} bytes.")
    ours.disk.check(body["size"])
    upload = Upload.new(**body)
    signed = ours.storage.sign_upload(upload.key, upload.content_type, upload.size, upload.sha256)
    return {
        "upload_id": upload.id,
        "upload_url": signed.url,
        "method": "PUT",
        "headers": signed.headers,
        "upload_token": ours.tokens.sign_upload(upload),
        "expires_at": datetime.now(UTC) + timedelta(seconds=config.upload_url_ttl),
        "expires_in_seconds": config.upload_url_ttl,
    }


@blueprint.post("/complete")
@blueprint.arguments(CompleteRequest(), example=examples.COMPLETE)
@blueprint.response(201, CompleteResponse, description="Published.", example=examples.PUBLISHED)
@blueprint.alt_response(200, schema=CompleteResponse, description="The same again.", example=examples.PUBLISHED)
@blueprint.problems(
    *JSON_CALL,
    RATE_LIMITED,
    InvalidToken,
    ExpiredToken,
    UploadMissing,
    UploadChanged,
    Deleted,
    Refused,
    StoreUnavailable,
    StoreMisconfigured,
    VerifierUnavailable,
    StoreFull,
)
def complete(body: dict[str, str]) -> tuple[dict[str, Any], int]:
    """Look at the bytes that arrived and publish them. Repeating it is safe."""
    upload = services().tokens.read_upload(body["upload_token"])
    with services().disk.to_blame(upload.size):
        published = services().publisher.publish(upload)
    return describe(upload, published), 201 if published.created else 200


@blueprint.post("/delete")
@blueprint.arguments(DeleteRequest(), example=examples.DELETE)
@blueprint.response(204, description="Deleted.")
@blueprint.problems(*JSON_CALL, RATE_LIMITED, InvalidToken, StoreUnavailable, StoreMisconfigured, StoreFull)
def delete(body: dict[str, str]) -> None:
    """Delete a picture for good; also when it is already gone."""
    key = services().tokens.read_delete(body["delete_token"])
    with services().disk.to_blame():
        services().storage.delete(key)


@blueprint.post("/lookup")
@blueprint.arguments(DeleteRequest(), example=examples.DELETE)
@blueprint.response(200, LookupResponse, description="The token's picture.", example=examples.LOOKED_UP)
@blueprint.problems(*JSON_CALL, RATE_LIMITED, InvalidToken)
def lookup(body: dict[str, str]) -> dict[str, str]:
    """Say which picture a delete token is for, to be seen before it is deleted. The store is not asked."""
    key = services().tokens.read_delete(body["delete_token"])
    return {"view_url": services().storage.links.public_url(key)}


@blueprint.post("/report")
@blueprint.arguments(ReportRequest(), example=examples.REPORT)
@blueprint.response(204, description="Logged.")
@blueprint.problems(*JSON_CALL, RATE_LIMITED, InvalidToken, ExpiredToken)
def report(body: dict[str, Any]) -> None:
    """Log for the operator that a PUT to the store failed: the API itself never sees one."""
    services().tokens.read_upload(body["upload_token"])
    reports.record(
        reports.PutFailure(body["kind"]),
        body.get("status"),
        services().storage.links.upload_origin,
        known_page=request.headers.get("Origin") in {None, *services().config.page_origins},
    )
