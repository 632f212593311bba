"""The calls of an album: one link for many pictures. Who has its edit token may change it."""

from dataclasses import asdict
from typing import Any, Final

from flask import request, url_for

from app import access, examples
from app.api import Blueprint
from app.curator import Draft
from app.errors import (
    AccessTokenRequired,
    AlbumChanged,
    AlbumDeleted,
    AlbumMissing,
    InvalidRequest,
    InvalidToken,
    PicturesMissing,
    StoreFull,
    StoreMisconfigured,
    StoreUnavailable,
)
from app.openapi import ANY_CALL, JSON_CALL, NOT_FOUND, RATE_LIMITED
from app.pages import hide
from app.schemas_albums import (
    AlbumResponse,
    CreateAlbumRequest,
    CreateAlbumResponse,
    DeleteAlbumRequest,
    EditAlbumRequest,
)
from app.services import services, site
from app.storage import Album

#: Bytes of a call: 500 captions of 500 characters, whatever they are, if they come in UTF-8 and not as \u1234.
MAX_BYTES: Final = 1024**2

blueprint = Blueprint("albums", __name__, url_prefix="/albums", description="One link for many pictures.")
blueprint.after_request(hide)

# No other call's name is as long.
_PATH: Final = "/<string(minlength=36):album_id>"
_ID: Final = [{"name": "album_id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 36}}]


@blueprint.before_request
def allow_long_body() -> None:
    """Take more than other calls may send; worker.py reads as much."""
    request.max_content_length = MAX_BYTES


@blueprint.post("")
@blueprint.arguments(CreateAlbumRequest(), example=examples.CREATE_ALBUM)
@blueprint.response(201, CreateAlbumResponse, description="Made.", example=examples.ALBUM_CREATED)
@blueprint.problems(
    *JSON_CALL,
    RATE_LIMITED,
    AccessTokenRequired,
    PicturesMissing,
    StoreUnavailable,
    StoreMisconfigured,
    StoreFull,
)
@blueprint.doc(security=[{}, {"accessToken": []}])
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Make an album of public pictures of this server."""
    access.require_token(services().config.upload_tokens)
    services().disk.check(MAX_BYTES)
    with services().disk.to_blame(MAX_BYTES):
        album = services().curator.create(_draft(body), body.get("expires_in"))
    return {**_describe(album), "edit_token": services().tokens.sign_edit(album.id)}


@blueprint.get(_PATH, parameters=_ID)
@blueprint.response(200, AlbumResponse, description="The album as it is now.", example=examples.ALBUM)
@blueprint.problems(
    *ANY_CALL, RATE_LIMITED, NOT_FOUND, AlbumMissing, AlbumDeleted, StoreUnavailable, StoreMisconfigured
)
def read(album_id: str) -> dict[str, Any]:
    """Say what an album shows. None of its pictures is asked for: those that were deleted are in it."""
    album, _ = services().storage.albums.read(album_id)
    return _describe(album)


@blueprint.put(_PATH, parameters=_ID)
@blueprint.arguments(EditAlbumRequest(), example=examples.EDIT_ALBUM)
@blueprint.response(200, AlbumResponse, description="Changed.", example=examples.ALBUM)
@blueprint.problems(
    *JSON_CALL,
    RATE_LIMITED,
    InvalidToken,
    NOT_FOUND,
    AlbumMissing,
    AlbumChanged,
    AlbumDeleted,
    PicturesMissing,
    StoreUnavailable,
    StoreMisconfigured,
    StoreFull,
)
def edit(body: dict[str, Any], album_id: str) -> dict[str, Any]:
    """Replace what an album shows, unless another edit came first. Repeating it is safe."""
    if services().tokens.read_edit(body["edit_token"]) != album_id:
        raise InvalidToken("editToken is for another album.")
    services().disk.check(MAX_BYTES)
    with services().disk.to_blame(MAX_BYTES):
        album = services().curator.edit(album_id, body["version"], _draft(body))
    return _describe(album)


@blueprint.post("/delete")
@blueprint.arguments(DeleteAlbumRequest(), example=examples.DELETE_ALBUM)
@blueprint.response(204, description="Deleted.")
@blueprint.problems(*JSON_CALL, RATE_LIMITED, InvalidToken, StoreUnavailable, StoreMisconfigured, StoreFull)
def delete(body: dict[str, str]) -> None:
    """Delete an album for good, also when it is already gone. Its pictures stay."""
    album_id = services().tokens.read_edit(body["edit_token"])
    with services().disk.to_blame():
        services().storage.albums.delete(album_id)


def _draft(body: dict[str, Any]) -> Draft:
    """Return what the editor wants, with keys in place of links.

    Raises:
        InvalidRequest: a name is none of a picture of this server.
    """
    pictures = []
    for place, picture in enumerate(body["pictures"]):
        name = "key" if "key" in picture else "viewURL"
        pictures.append(
            (_key(picture.get("key") or picture["view_url"], f"pictures.{place}.{name}"), picture["caption"])
        )
    cover = _key(body["cover"], "cover") if "cover" in body else None
    return Draft(body["title"], cover, pictures)


def _key(text: str, field: str) -> str:
    key = services().storage.links.find_key(text)
    if key is None:
        raise InvalidRequest(field, "Must be the key or the viewURL of a picture of this server.")
    return key


def _describe(album: Album) -> dict[str, Any]:
    """Return an AlbumResponse."""
    links = services().storage.links
    return {
        "album_id": album.id,
        "album_url": f"{site()}{url_for('gallery.show', album_id=album.id)}",
        "title": album.title,
        "cover": album.cover,
        "pictures": [{**asdict(picture), "view_url": links.public_url(picture.key)} for picture in album.pictures],
        "version": album.version,
        "expires_at": album.expires_at,
    }
