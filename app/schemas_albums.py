"""The JSON bodies of albums."""

from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from app.schemas import Schema
from app.storage import EXPIRY_DAYS, MAX_PICTURES


class PictureOfAlbum(Schema):
    """A picture that comes into an album."""

    key = fields.String(
        validate=validate.Length(1, 255),
        metadata={"description": "The end of a viewURL: `<uuid>.jpg`, or `7d/<uuid>.jpg`."},
    )
    view_url = fields.String(data_key="viewURL", validate=validate.Length(1, 2048))
    caption = fields.String(load_default="", validate=validate.Length(max=500))

    @validates_schema
    def _has_one_name(self, data: dict[str, Any], **_: Any) -> None:
        if ("key" in data) == ("view_url" in data):
            raise ValidationError("Give either key or viewURL.")


class _AlbumFields(Schema):
    title = fields.String(load_default="", validate=validate.Length(max=200))
    cover = fields.String(
        validate=validate.Length(1, 2048),
        metadata={"description": "The key or the viewURL of one of the pictures; the first, if it is left out."},
    )
    pictures = fields.List(fields.Nested(PictureOfAlbum), required=True, validate=validate.Length(1, MAX_PICTURES))

    @pre_load
    def _count(self, data: Any, **_: Any) -> Any:
        # Before each of them is looked at: a body has room for far more.
        if isinstance(data, dict) and isinstance(data.get("pictures"), list) and len(data["pictures"]) > MAX_PICTURES:
            raise ValidationError(f"Must be at most {MAX_PICTURES}.", "pictures")
        return data


class CreateAlbumRequest(_AlbumFields):
    expires_in = fields.String(validate=validate.OneOf(EXPIRY_DAYS))


class EditAlbumRequest(_AlbumFields):
    edit_token = fields.String(required=True, validate=validate.Length(1, 4096))
    version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1),
        metadata={"description": "The version that this edit changes: it is refused where there is a later one."},
    )


class DeleteAlbumRequest(Schema):
    edit_token = fields.String(required=True, validate=validate.Length(1, 4096))


class ShownPicture(Schema):
    key = fields.String(required=True)
    view_url = fields.Url(required=True, data_key="viewURL", metadata={"description": "404 where it was deleted."})
    caption = fields.String(required=True)
    filename = fields.String(required=True)
    size = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class AlbumResponse(Schema):
    album_id = fields.String(required=True)
    album_url = fields.Url(required=True, data_key="albumURL")
    title = fields.String(required=True)
    cover = fields.String(required=True, metadata={"description": "The key of one of the pictures."})
    pictures = fields.List(fields.Nested(ShownPicture), required=True)
    version = fields.Integer(required=True, metadata={"description": "1, and one more with each edit."})
    expires_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When nobody sees it any more; null: it stays."}
    )


class CreateAlbumResponse(AlbumResponse):
    edit_token = fields.String(required=True, metadata={"description": "Edits and deletes the album. Keep it."})
