"""What a load balancer, an operator or a client asks before anything else."""

import threading
import time
from typing import Any

from flask import current_app

from app.api import Blueprint
from app.errors import StoreUnavailable
from app.pictures import EXTENSIONS
from app.schemas import Health, Limits, Version
from app.storage import EXPIRY_DAYS, Storage
from config import VERSION, Config

blueprint = Blueprint("meta", __name__, description="Health, version, limits.")

#: Seconds that an answer of the store is good for.
READY_TTL = 3


class Readiness:
    """Asks the store, one question at a time, and remembers the answer for READY_TTL."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._asking = threading.Lock()
        self._until = 0.0
        self._problem: StoreUnavailable | None = StoreUnavailable("The store has not answered yet.")

    def check(self) -> None:
        """Raise StoreUnavailable where the store is not ready."""
        # While somebody asks, the others take the last answer: they must not queue up behind a store that hangs.
        if time.monotonic() > self._until and self._asking.acquire(blocking=False):
            try:
                self._storage.check()
                self._problem = None
            except StoreUnavailable as problem:
                self._problem = problem
            finally:
                self._until = time.monotonic() + READY_TTL
                self._asking.release()
        if self._problem:
            raise self._problem


@blueprint.get("/health")
@blueprint.response(200, Health)
def health() -> dict[str, str]:
    """Answer as long as the process does; touches nothing else."""
    return {"status": "ok"}


@blueprint.get("/health/ready")
@blueprint.response(200, Health)
@blueprint.problems(503)
def ready() -> dict[str, str]:
    """Answer whether pictures can be taken in now."""
    readiness: Readiness = current_app.extensions["readiness"]
    readiness.check()
    return {"status": "ok"}


@blueprint.get("/version")
@blueprint.response(200, Version)
def version() -> dict[str, str]:
    """Say what runs here."""
    config: Config = current_app.extensions["config"]
    return {"name": "image-host", "version": VERSION, "commit": config.git_commit}


@blueprint.get("/uploads/limits")
@blueprint.response(200, Limits)
def limits() -> dict[str, Any]:
    """Say what a client must know before it asks."""
    config: Config = current_app.extensions["config"]
    return {
        "content_types": [{"content_type": kind, "extensions": extensions} for kind, extensions in EXTENSIONS.items()],
        "max_upload_bytes": config.max_upload_bytes,
        "max_pixels": config.max_pixels,
        "rejects_location": config.reject_location,
        "expiries": list(EXPIRY_DAYS),
        "token_required": bool(config.upload_tokens),
    }
