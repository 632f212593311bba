"""Commands for operators: `flask storage …`."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Blueprint, current_app

from app.errors import StoreUnavailable
from app.storage import Storage
from config import Config


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Say what the store said, in place of a traceback."""
    try:
        yield
    except StoreUnavailable as error:
        raise click.ClickException(f"{error.detail} ({error.__cause__})") from error


storage = Blueprint("storage", __name__, cli_group="storage")
storage.cli.short_help = "Prepare and check the bucket."


@storage.cli.command("setup")
def setup() -> None:
    """Create the bucket where it is missing, and set its CORS, public-read policy and expiry rules.

    Replaces what the bucket has of these three. Origins: SITE_URL and CORS_ORIGINS.
    """
    config: Config = current_app.extensions["config"]
    store: Storage = current_app.extensions["storage"]
    origins = config.page_origins
    if not origins:
        raise click.UsageError("Set SITE_URL or CORS_ORIGINS: no page could PUT a picture otherwise.")
    with _plain_errors():
        store.prepare(origins)
    click.echo(f"{config.s3_bucket}: ready for {', '.join(origins)}")


@storage.cli.command("check")
def check() -> None:
    """Ask the store whether it is there and lets us in."""
    store: Storage = current_app.extensions["storage"]
    with _plain_errors():
        store.check()
    click.echo("ok")
