"""One picture on its way through every call: the examples of docs/openapi.json.

tests/unit/test_openapi.py holds them to their schemas. The tokens are shortened: no server made them.
"""

from typing import Any, Final

from app.pictures import EXTENSIONS
from app.storage import EXPIRY_DAYS

_ID: Final = "0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee"
_SHA256: Final = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
_UPLOAD_TOKEN: Final = "eyJpZCI6IjBiOGYzYTUyIn0.9Fq2mC1xWg0"  # noqa: S105
_DELETE_TOKEN: Final = "eyJrZXkiOiJ1cGxvYWRzLzdkLzBiOGYzYTUyIn0.Zp4tY7uKfQs"  # noqa: S105
_VIEW_URL: Final = f"https://img.example.org/i/7d/{_ID}.jpg"

INIT: Final[dict[str, Any]] = {
    "filename": "cat.jpg",
    "contentType": "image/jpeg",
    "size": 482133,
    "sha256": _SHA256,
    "expiresIn": "7d",
}
INIT_SHORTEST: Final[dict[str, Any]] = {"contentType": "image/jpeg", "size": 482133}
SIGNED: Final[dict[str, Any]] = {
    "uploadId": _ID,
    "uploadURL": f"https://img.example.org/images/incoming/{_ID}.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=5d3f",
    "method": "PUT",
    "headers": {"Content-Type": "image/jpeg", "If-None-Match": "*", "x-amz-checksum-sha256": _SHA256},
    "uploadToken": _UPLOAD_TOKEN,
    "expiresAt": "2026-05-04T09:35:00+00:00",
    "expiresInSeconds": 300,
}
COMPLETE: Final[dict[str, Any]] = {"uploadToken": _UPLOAD_TOKEN}
PUBLISHED: Final[dict[str, Any]] = {
    "uploadId": _ID,
    "viewURL": _VIEW_URL,
    "deleteURL": f"https://img.example.org/delete#{_DELETE_TOKEN}",
    "deleteToken": _DELETE_TOKEN,
    "filename": "cat.jpg",
    "contentType": "image/jpeg",
    "size": 482133,
    "width": 3024,
    "height": 4032,
    "expiresAt": "2026-05-11T09:30:12+00:00",
}
LINK: Final = f"{_VIEW_URL}\n"
PICGO: Final[dict[str, Any]] = {"success": True, "result": [_VIEW_URL]}
CHEVERETO: Final[dict[str, Any]] = {
    "status_code": 200,
    "success": {"message": "image uploaded", "code": 200},
    "image": {
        "name": "cat",
        "extension": "jpg",
        "filename": "cat.jpg",
        "mime": "image/jpeg",
        "size": 482133,
        "width": 3024,
        "height": 4032,
        "url": _VIEW_URL,
        "url_viewer": _VIEW_URL,
        "display_url": _VIEW_URL,
        "thumb": {"url": _VIEW_URL},
        "delete_url": PUBLISHED["deleteURL"],
    },
    "status_txt": "OK",
}
DELETE: Final[dict[str, Any]] = {"deleteToken": _DELETE_TOKEN}
LOOKED_UP: Final[dict[str, Any]] = {"viewURL": _VIEW_URL}
REPORT: Final[dict[str, Any]] = {"uploadToken": _UPLOAD_TOKEN, "kind": "forbidden", "status": 403}

HEALTHY: Final[dict[str, Any]] = {"status": "ok"}
VERSION: Final[dict[str, Any]] = {"name": "image-host", "version": "1.0.0", "commit": "d3f1c2a"}
LIMITS: Final[dict[str, Any]] = {
    "contentTypes": [{"contentType": kind, "extensions": [*extensions]} for kind, extensions in EXTENSIONS.items()],
    "maxUploadBytes": 25 * 1024**2,
    "maxPixels": 100_000_000,
    "relaysUploads": True,
    "rejectsLocation": False,
    "expiries": [*EXPIRY_DAYS],
    "tokenRequired": False,
    "reportURL": "https://example.org/report?picture={link}",
}
