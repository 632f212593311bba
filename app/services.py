"""What views and commands work with: one object of each kind for each app."""

from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app, request

from app.catalog import Catalog
from app.courier import Courier
from app.curator import Curator
from app.embedded.disk import Disk
from app.memory import Memory
from app.publisher import Publisher
from app.readiness import Readiness
from app.storage import Storage, Upkeep
from app.tokens import Tokens
from config import Config

#: Of albums' pages that a process remembers.
GALLERY_BYTES: Final = 16 * 1024**2
_NAME: Final = "image-host"


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one app."""

    config: Config
    storage: Storage
    upkeep: Upkeep
    tokens: Tokens
    publisher: Publisher
    readiness: Readiness
    catalog: Catalog
    #: Albums' pages, as they were drawn.
    gallery: Memory[bytes]
    courier: Courier
    curator: Curator
    disk: Disk


def provide(app: Flask, config: Config) -> Services:
    """Make the services of `app` and leave them with it."""
    storage = Storage(config)
    publisher = Publisher(config, storage)
    made = Services(
        config=config,
        storage=storage,
        upkeep=Upkeep(config, storage),
        tokens=Tokens(config.secret_key),
        publisher=publisher,
        readiness=Readiness(storage),
        catalog=Catalog(storage),
        gallery=Memory(GALLERY_BYTES, len),
        courier=Courier(config, storage, publisher),
        curator=Curator(storage),
        disk=Disk(config.instance_path / "seaweedfs" if config.embedded else None),
    )
    app.extensions[_NAME] = made
    return made


def services(app: Flask | None = None) -> Services:
    """Return the services of `app`, or of the app that handles the current request or command."""
    found: Services = (app or current_app).extensions[_NAME]
    return found


def site() -> str:
    """Return the address that people know this server by, without a slash at its end; needs a request."""
    return services().config.site_url or request.url_root.rstrip("/")
