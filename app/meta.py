"""The calls about the server itself: health, version, limits."""

from typing import Any

from app import examples
from app.api import Blueprint
from app.errors import ServiceWorkerRefused, StoreMisconfigured, StoreUnavailable, Trouble
from app.openapi import ANY_CALL, INTERNAL_ERROR
from app.pictures import EXTENSIONS
from app.schemas import Health, Limits, Ready, Version
from app.services import services, site
from app.storage import EXPIRY_DAYS
from config import VERSION

blueprint = Blueprint("meta", __name__, description="Health, version, limits.")


@blueprint.get("/health")
@blueprint.response(200, Health, description="The process answers.", example=examples.HEALTHY)
@blueprint.problems(ServiceWorkerRefused, INTERNAL_ERROR)
def health() -> dict[str, str]:
    """Answer as long as the process does; touches nothing else."""
    return {"status": "ok"}


@blueprint.get("/health/ready")
@blueprint.response(200, Ready, description="The store answers, too.", example=examples.HEALTHY)
@blueprint.problems(ServiceWorkerRefused, INTERNAL_ERROR, StoreUnavailable, StoreMisconfigured)
def ready() -> dict[str, str]:
    """Answer whether the store answers, or what is wrong and what mends it.

    A warning says that the disk of the embedded store is nearly full, or full: links and deletes go on then.
    """
    services().readiness.check()
    answer = {"status": "ok"}
    if warning := services().disk.warning():
        answer["warning"] = warning
    if services().disk.is_full():
        answer["kind"] = Trouble.FULL
    return answer


@blueprint.get("/version")
@blueprint.response(200, Version, example=examples.VERSION)
@blueprint.problems(*ANY_CALL)
def version() -> dict[str, str]:
    """Say what runs here."""
    return {"name": "image-host", "version": VERSION, "commit": services().config.git_commit}


@blueprint.get("/uploads/limits")
@blueprint.response(200, Limits, example=examples.LIMITS)
@blueprint.problems(*ANY_CALL)
def limits() -> dict[str, Any]:
    """Say what a client must know before it asks."""
    config = services().config
    return {
        "content_types": [{"content_type": kind, "extensions": extensions} for kind, extensions in EXTENSIONS.items()],
        "max_upload_bytes": config.max_upload_bytes,
        "max_pixels": config.max_pixels,
        "relays_uploads": config.relay_uploads,
        "rejects_location": config.reject_location,
        "expiries": list(EXPIRY_DAYS),
        "token_required": bool(config.upload_tokens),
        "report_url": config.report_url,
        "page_url": f"{site()}/p/{{name}}",
    }
