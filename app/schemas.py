"""Every JSON body that the API takes or answers with, but those of albums."""

from typing import Any

from marshmallow import EXCLUDE, fields, validate
from marshmallow import Schema as Base

from app.errors import Trouble
from app.pictures import EXTENSIONS
from app.reports import PutFailure
from app.storage import EXPIRY_DAYS


class Schema(Base):
    """Uses snake_case here and camelCase on the wire; refuses unknown fields."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Give a field its name on the wire."""
        if field_obj.data_key is None:
            head, *tail = field_name.split("_")
            field_obj.data_key = head + "".join(word.capitalize() for word in tail)


class InitRequest(Schema):
    filename = fields.String(
        validate=validate.Length(1, 255),
        metadata={"description": "The name a visitor saves the picture under.", "example": "cat.jpg"},
    )
    content_type = fields.String(required=True, validate=validate.OneOf(EXTENSIONS), metadata={"example": "image/jpeg"})
    size = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1),
        metadata={"description": "Exact length in bytes; /uploads/limits says how many are accepted."},
    )
    sha256 = fields.String(
        validate=[
            validate.Regexp(r"^[A-Za-z0-9+/]{43}=$", error="Must be the base64 of a SHA-256 digest."),
            validate.Length(equal=44),  # Python's $ also matches before a final newline.
        ],
        metadata={"description": "Base64 of the SHA-256 digest: the store then refuses other bytes."},
    )
    expires_in = fields.String(validate=validate.OneOf(EXPIRY_DAYS))


class InitResponse(Schema):
    upload_id = fields.String(required=True)
    upload_url = fields.Url(required=True, data_key="uploadURL")
    method = fields.String(required=True, validate=validate.Equal("PUT"))
    headers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "To be sent with the PUT exactly as given."},
    )
    upload_token = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "When uploadURL stops working."})
    expires_in_seconds = fields.Integer(required=True)


class CompleteRequest(Schema):
    upload_token = fields.String(required=True, validate=validate.Length(1, 4096))


class CompleteResponse(Schema):
    upload_id = fields.String(required=True)
    view_url = fields.Url(required=True, data_key="viewURL")
    delete_url = fields.Url(required=True, data_key="deleteURL")
    delete_token = fields.String(required=True)
    filename = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)
    width = fields.Integer(required=True, metadata={"description": "Pixels, as shown."})
    height = fields.Integer(required=True, metadata={"description": "Pixels, as shown."})
    expires_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={
            "description": "The picture stays until then and goes soon after (AWS: in a day or two); null: it stays."
        },
    )


class PicGoResponse(Schema):
    """PicGo's own server."""

    success = fields.Boolean(required=True, validate=validate.Equal(True))
    result = fields.List(fields.Url(), required=True)


class CheveretoThumb(Base):
    url = fields.Url(required=True)


class CheveretoImage(Base):
    """The members that programs read, as Chevereto spells them."""

    name = fields.String(required=True)
    extension = fields.String(required=True)
    filename = fields.String(required=True)
    mime = fields.String(required=True)
    size = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    url = fields.Url(required=True)
    url_viewer = fields.Url(required=True)
    display_url = fields.Url(required=True)
    thumb = fields.Nested(CheveretoThumb, required=True)
    delete_url = fields.Url(required=True)


class CheveretoSuccess(Base):
    message = fields.String(required=True)
    code = fields.Integer(required=True)


class CheveretoResponse(Base):
    """Chevereto's API v1."""

    status_code = fields.Integer(required=True)
    success = fields.Nested(CheveretoSuccess, required=True)
    image = fields.Nested(CheveretoImage, required=True)
    status_txt = fields.String(required=True)


class DeleteRequest(Schema):
    delete_token = fields.String(required=True, validate=validate.Length(1, 4096))


class LookupResponse(Schema):
    view_url = fields.Url(required=True, data_key="viewURL")


class ReportRequest(Schema):
    upload_token = fields.String(
        required=True,
        validate=validate.Length(1, 4096),
        metadata={"description": "Proves that this server signed the PUT."},
    )
    kind = fields.String(
        required=True,
        validate=validate.OneOf([*PutFailure]),
        metadata={"description": "What the client saw of the store; `unreachable` and `cut`: no answer."},
    )
    status = fields.Integer(
        strict=True,
        validate=validate.Range(400, 599),
        metadata={"description": "The status that the store answered, if one came."},
    )


class OEmbedQuery(Schema):
    """The parameters of https://oembed.com; programs send others of their own as well."""

    class Meta:  # noqa: D106
        unknown = EXCLUDE

    url = fields.String(
        required=True,
        validate=validate.Length(1, 2048),
        metadata={"description": "The link to a picture, or to its page.", "example": "https://img.example.org/p/…"},
    )
    maxwidth = fields.Integer(validate=validate.Range(min=1), metadata={"description": "In pixels."})
    maxheight = fields.Integer(validate=validate.Range(min=1), metadata={"description": "In pixels."})
    format = fields.String(load_default="json", metadata={"description": "Only json is known: others get a 501."})


class OEmbedResponse(Base):
    """A photo, by https://oembed.com."""

    type = fields.String(required=True, validate=validate.Equal("photo"))
    version = fields.String(required=True, validate=validate.Equal("1.0"))
    title = fields.String(required=True)
    provider_name = fields.String(required=True)
    provider_url = fields.Url(required=True)
    cache_age = fields.Integer(required=True, metadata={"description": "Seconds for which a copy of this is right."})
    url = fields.Url(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class AcceptedType(Schema):
    content_type = fields.String(required=True)
    extensions = fields.List(fields.String(), required=True)


class Limits(Schema):
    content_types = fields.List(fields.Nested(AcceptedType), required=True)
    max_upload_bytes = fields.Integer(required=True)
    max_pixels = fields.Integer(required=True)
    relays_uploads = fields.Boolean(
        required=True,
        metadata={"description": "POST /uploads takes pictures themselves, for programs that make one request only."},
    )
    rejects_location = fields.Boolean(
        required=True,
        metadata={"description": "/uploads/complete refuses a picture whose metadata says where it was taken."},
    )
    expiries = fields.List(fields.String(), required=True)
    token_required = fields.Boolean(
        required=True, metadata={"description": "/uploads/init wants Authorization: Bearer TOKEN."}
    )
    report_url = fields.String(
        required=True,
        allow_none=True,
        data_key="reportURL",
        metadata={
            "description": "Where to report a picture: put its viewURL, percent-encoded, in place of {link}; or null."
        },
    )
    page_url = fields.String(
        required=True,
        data_key="pageURL",
        metadata={
            "description": "Where a picture's page is: put in place of {name} the end of its viewURL, from an expiry"
            " like 7d/ on if it has one, and with - in place of the dot."
        },
    )


class Health(Schema):
    status = fields.String(required=True, validate=validate.Equal("ok"))


class Ready(Health):
    warning = fields.String(metadata={"description": "For the operator: the embedded store's disk is nearly full."})
    kind = fields.String(
        validate=validate.Equal(Trouble.FULL),
        metadata={"description": "The embedded store's disk is full: links and deletes go on, uploads are refused."},
    )


class Version(Schema):
    name = fields.String(required=True)
    version = fields.String(required=True)
    commit = fields.String(required=True)


class FieldProblem(Schema):
    field = fields.String(required=True)
    message = fields.String(required=True)


class Problem(Schema):
    """RFC 9457. Some calls add members for the programs that they speak with."""

    class Meta:  # noqa: D106
        unknown = EXCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable, for programs."})
    errors = fields.List(fields.Nested(FieldProblem))
    kind = fields.String(
        validate=validate.OneOf([*Trouble]),
        metadata={"description": "What keeps the store from serving; /health/ready says in `detail` what mends it."},
    )
