"""What an uploader is told of a picture that is public now."""

from typing import Any

from flask import url_for

from app.services import services, site
from app.storage import Published, Upload


def describe(upload: Upload, published: Published) -> dict[str, Any]:
    """Return a CompleteResponse."""
    delete_token = services().tokens.sign_delete(upload.key)
    return {
        "upload_id": upload.id,
        "view_url": services().storage.links.public_url(upload.key),
        # Behind the #, so that no server, log or Referer ever sees it.
        "delete_url": f"{site()}{url_for('frontend.delete')}#{delete_token}",
        "delete_token": delete_token,
        "filename": upload.filename,
        "content_type": published.image.content_type,
        "size": published.size,
        "width": published.image.width,
        "height": published.image.height,
        "expires_at": upload.expires_at,
    }
