"""The calls of an upload: init signs, complete verifies and publishes, delete takes back what lookup shows."""

import hmac
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Any

from flask import current_app, request, url_for
from werkzeug.local import LocalProxy

from app import pictures as images
from app import pictures as location
from app.api import Blueprint
from app.errors import (
    AccessTokenRequired,
    Deleted,
    InvalidRequest,
    NotAnImage,
    Refused,
    SizeMismatch,
    TooManyPixels,
    TypeMismatch,
    UploadMissing,
)
from app.schemas import CompleteRequest, CompleteResponse, DeleteRequest, InitRequest, InitResponse, LookupResponse
from app.storage import Published, Staged, Storage, expires_at
from app.tokens import Tokens, Upload
from config import Config, hash_token

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads", description="Pictures in, links out.")

config: Config = LocalProxy(lambda: current_app.extensions["config"])  # type: ignore[assignment]
storage: Storage = LocalProxy(lambda: current_app.extensions["storage"])  # type: ignore[assignment]
tokens: Tokens = LocalProxy(lambda: current_app.extensions["tokens"])  # type: ignore[assignment]


@blueprint.post("/init")
@blueprint.arguments(InitRequest())
@blueprint.response(201, InitResponse)
@blueprint.problems(400, 401, 413, 415, 422, 429, 503)
@blueprint.doc(security=[{}, {"accessToken": []}])
def init(promise: dict[str, Any]) -> dict[str, Any]:
    """Sign a PUT of one picture straight to the store."""
    _require_access_token()
    if promise["size"] > config.max_upload_bytes:
        raise InvalidRequest("size", f"Must be at most {config.max_upload_bytes} bytes.")
    upload_id = uuid.uuid4()
    name = f"{upload_id}.{images.EXTENSIONS[promise['content_type']][0]}"
    upload = Upload(
        key=f"{promise['expires_in']}/{name}" if "expires_in" in promise else name,
        filename=_filename(promise.get("filename", name), promise["content_type"]),
        content_type=promise["content_type"],
        size=promise["size"],
        created=int(time.time()),
    )
    signed = storage.sign_upload(upload.key, upload.content_type, upload.size, promise.get("sha256"))
    return {
        "upload_id": upload_id,
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
@blueprint.problems(400, 403, 409, 410, 413, 415, 422, 429, 503)
def complete(promise: dict[str, str]) -> tuple[dict[str, Any], int]:
    """Look at the bytes that arrived and publish them. Repeating it is safe."""
    upload = tokens.read_upload(promise["upload_token"])
    published = _publish(upload)
    delete_token = tokens.sign_delete(upload.key)
    site = config.site_url or request.url_root.rstrip("/")
    return {
        "upload_id": PurePath(upload.key).stem,
        "view_url": storage.public_url(upload.key),
        # Behind the #, so that no server, log or Referer ever sees it.
        "delete_url": f"{site}{url_for('frontend.delete')}#{delete_token}",
        "delete_token": delete_token,
        "filename": upload.filename,
        "content_type": published.image.content_type,
        "size": published.size,
        "width": published.image.width,
        "height": published.image.height,
        "expires_at": expires_at(upload),
    }, 201 if published.created else 200


@blueprint.post("/delete")
@blueprint.arguments(DeleteRequest())
@blueprint.response(204)
@blueprint.problems(400, 403, 413, 415, 422, 429, 503)
def delete(promise: dict[str, str]) -> None:
    """Delete a picture for good; also when it is already gone."""
    storage.delete(tokens.read_delete(promise["delete_token"]))


@blueprint.post("/lookup")
@blueprint.arguments(DeleteRequest())
@blueprint.response(200, LookupResponse)
@blueprint.problems(400, 403, 413, 415, 422, 429)
def lookup(promise: dict[str, str]) -> dict[str, str]:
    """Say which picture a delete token is for, to be seen before it is deleted. The store is not asked."""
    return {"view_url": storage.public_url(tokens.read_delete(promise["delete_token"]))}


def _publish(upload: Upload) -> Published:
    try:
        staged = storage.read_staged(upload.key)
    except UploadMissing:
        # The staged bytes of a picture that is public already may have gone before their day was over.
        published = storage.find_published(upload.key)
        if published is None:
            raise
    else:
        published = None if staged.deleted else storage.publish(upload, staged, _verify(upload, staged))
    # A copy is not atomic: it may end behind a delete that came after its look at the source. So the last look, after
    # every copy and every find, is for the mark of a delete. A process may also have died before this look.
    if published is None or storage.is_deleted(upload.key):
        storage.withdraw(upload.key)
        raise Deleted("The picture was deleted.")
    return published


def _verify(upload: Upload, staged: Staged) -> images.Image:
    """Say what the staged bytes are; discard them where they are not the picture that was promised."""
    try:
        return _inspect(upload, staged)
    except Refused:
        storage.discard(upload.key, staged)
        raise


def _inspect(upload: Upload, staged: Staged) -> images.Image:
    """Say what the staged bytes are, and refuse what was not promised."""
    if staged.size != upload.size:
        raise SizeMismatch(f"{staged.size} bytes arrived where {upload.size} were promised.")
    head = staged.head
    try:
        image = images.inspect(head, staged.size)
    except images.MoreBytesNeeded:
        head = storage.read_on(upload.key, staged, min(staged.size, images.MAX_HEAD_BYTES))
        try:
            image = images.inspect(head, staged.size)
        except images.MoreBytesNeeded as error:
            raise NotAnImage(
                f"The picture's dimensions are not within its first {images.MAX_HEAD_BYTES} bytes."
            ) from error
    if image.content_type != upload.content_type:
        raise TypeMismatch(f"The file was declared {upload.content_type} and is {image.content_type}.")
    if image.width * image.height > config.max_pixels:
        raise TooManyPixels(
            f"The picture has {image.width} × {image.height} pixels; at most {config.max_pixels} are accepted."
        )
    if config.reject_location:
        location.refuse_location(
            head, image, staged.size, lambda start, end: storage.read_on(upload.key, staged, end, start)
        )
    return image


def _require_access_token() -> None:
    if not config.upload_tokens:
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    digest = hash_token(token)
    # Each is compared, in constant time, so that the time taken tells nothing.
    matches = [hmac.compare_digest(digest, accepted) for accepted in config.upload_tokens]
    if scheme.lower() != "bearer" or not any(matches):
        raise AccessTokenRequired("This server is private: send Authorization: Bearer with an access token.")


def _filename(name: str, content_type: str) -> str:
    """Return a file name that is safe to save under: no path, no control characters, an extension of its type."""
    base = name.replace("\\", "/").rpartition("/")[2]
    base = "".join(character for character in base if character.isprintable()).strip() or "picture"
    extensions = images.EXTENSIONS[content_type]
    if base.rpartition(".")[2].lower() not in extensions:
        base = f"{base}.{extensions[0]}"
    return base
