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
EMBEDDED: Final[dict[str, Any]] = {
    "type": "photo",
    "version": "1.0",
    "title": "cat",
    "provider_name": "Image Host",
    "provider_url": "https://img.example.org",
    "cache_age": 5,
    "url": _VIEW_URL,
    "width": 3024,
    "height": 4032,
}

_SECOND_ID: Final = "5c1d7e94-2b6a-4f0e-8d35-91a7c4e2f6b8"
_ALBUM_ID: Final = "7d-e3b7a1c5-94d2-4a86-b0f3-6c8d2e5a7f19"
_EDIT_TOKEN: Final = "eyJhbGJ1bSI6IjdkLWUzYjdhMWM1In0.Wk8sT3vNpLd"  # noqa: S105
_SHOWN: Final[dict[str, Any]] = {
    "key": f"7d/{_ID}.jpg",
    "viewURL": _VIEW_URL,
    "caption": "Asleep",
    "filename": "cat.jpg",
    "size": 482133,
    "width": 3024,
    "height": 4032,
}
_SHOWN_SECOND: Final[dict[str, Any]] = {
    **_SHOWN,
    "key": f"{_SECOND_ID}.jpg",
    "viewURL": f"https://img.example.org/i/{_SECOND_ID}.jpg",
    "caption": "",
}
CREATE_ALBUM: Final[dict[str, Any]] = {
    "title": "Cats",
    "cover": f"{_SECOND_ID}.jpg",
    "pictures": [{"viewURL": _VIEW_URL, "caption": "Asleep"}, {"key": f"{_SECOND_ID}.jpg"}],
    "expiresIn": "7d",
}
ALBUM: Final[dict[str, Any]] = {
    "albumId": _ALBUM_ID,
    "albumURL": f"https://img.example.org/a/{_ALBUM_ID}",
    "title": "Cats",
    "cover": f"{_SECOND_ID}.jpg",
    "pictures": [_SHOWN, _SHOWN_SECOND],
    "version": 1,
    "expiresAt": "2026-05-11T09:30:12+00:00",
}
ALBUM_CREATED: Final[dict[str, Any]] = {**ALBUM, "editToken": _EDIT_TOKEN}
EDIT_ALBUM: Final[dict[str, Any]] = {
    "editToken": _EDIT_TOKEN,
    "version": 1,
    "title": "Cats",
    "pictures": [{"key": f"{_SECOND_ID}.jpg", "caption": "Awake"}],
}
DELETE_ALBUM: Final[dict[str, Any]] = {"editToken": _EDIT_TOKEN}

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
    "pageURL": "https://img.example.org/p/{name}",
}
