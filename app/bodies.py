"""What OpenAPI says of the bodies of the relay: pictures in a form or alone, and links in each program's form."""

from typing import Any, Final

from app.form import MAX_FIELD_BYTES, MAX_PICTURES
from app.pictures import EXTENSIONS
from app.storage import EXPIRY_DAYS

TEXT: Final = {"type": "string", "maxLength": MAX_FIELD_BYTES}
_PICTURE: Final = {"type": "string", "format": "binary"}
_CHOICES: Final[dict[str, dict[str, Any]]] = {
    "expiresIn": {"type": "string", "enum": [*EXPIRY_DAYS], "description": "When the pictures expire; never without."},
    "keep": {"type": "string", "enum": ["metadata"], "description": "Publish EXIF and the like, which else go."},
}
_COMPLETE: Final = {"$ref": "#/components/schemas/CompleteResponse"}

#: The options of a call, in its query. The form may have them, too; but Swagger UI would fill them in there by itself.
QUERY: Final = [
    {
        "in": "query",
        "name": name,
        "schema": {key: value for key, value in said.items() if key != "description"},
        "description": said["description"],
    }
    for name, said in _CHOICES.items()
]
FILENAME: Final = {
    "in": "query",
    "name": "filename",
    "schema": TEXT,
    "description": "The name of a picture that is the whole body.",
}
#: What POST /uploads answers: one picture, or several.
PUBLISHED: Final = {
    "oneOf": [
        _COMPLETE,
        {"type": "object", "required": ["uploads"], "properties": {"uploads": {"type": "array", "items": _COMPLETE}}},
    ]
}
LINKS: Final = {"type": "string", "description": "The link of each picture, a line each."}


def pictures(field: str, *, several: bool = True, closed: bool = False, **fields: dict[str, Any]) -> dict[str, Any]:
    """Return the request body of a call that takes pictures.

    Args:
        field: the form field of the pictures; others that the server takes are left out.
        several: whether one request may carry several.
        closed: whether other text fields are refused; such a call takes a picture that is the whole body, too.
        fields: further text fields.
    """
    files = {"type": "array", "items": _PICTURE, "minItems": 1, "maxItems": MAX_PICTURES} if several else _PICTURE
    key = {**TEXT, "description": "An access token, for programs that send no header; before the first picture."}
    properties = {"key": key, **fields, field: files}
    form = {
        "schema": {
            "type": "object",
            "required": [field],
            "properties": properties,
            "additionalProperties": {**TEXT, "description": "The options of the query may come as fields, too."},
        },
        "example": {field: ["(bytes of cat.jpg)"] if several else "(bytes of cat.jpg)"},
    }
    alone = {
        kind: {"schema": _PICTURE, "example": f"(bytes of a picture, {kind})"}
        for kind in (*EXTENSIONS, "application/octet-stream")
    }
    return {"required": True, "content": {"multipart/form-data": form, **(alone if closed else {})}}
