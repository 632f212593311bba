"""The commands `flask storage …`, and what all commands share: errors without a traceback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from app.archive import ArchiveRefused
from app.backup import BackupFailed
from app.errors import StoreFull, StoreUnavailable
from app.progress import Progress
from app.services import services
from app.tally import Sum, Tally


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show the sentence of an error in place of a traceback."""
    try:
        yield
    except StoreUnavailable as error:
        raise click.ClickException(f"{error.remedy} ({error.__cause__})") from error
    except (StoreFull, ArchiveRefused, BackupFailed) as error:
        raise click.ClickException(str(error)) from error


storage = AppGroup("storage", short_help="Set up, check and clear the bucket.")


@storage.command("expire")
def expire() -> None:
    """Delete pictures that have expired, and those that are public in spite of a delete.

    Run it every hour from a timer; it is safe at any time. The embedded store has its own timer. A store that applies
    lifecycle rules needs it too: a server that dies while it publishes can leave a deleted picture public.
    """
    upkeep = services().upkeep
    with plain_errors():
        withdrawn = upkeep.withdraw_deleted()
        deleted = upkeep.expire(datetime.now(UTC))
    click.echo(f"{deleted} deleted")
    if withdrawn:
        click.echo(f"{withdrawn} withdrawn: public in spite of a delete")


@storage.command("usage")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show_usage(as_json: bool) -> None:
    """Count pictures and bytes, by expiry and by type, and show the room on the embedded store's disk.

    `images stats` counts by month or day as well.
    """
    tally, staged, progress = Tally("%Y"), Sum(), Progress()
    with plain_errors():
        for picture in services().upkeep.list_public():
            tally.count(picture)
            progress.show(f"{tally.total.pictures:,} pictures")
        for upload in services().upkeep.list_staged():
            staged.add(upload.size)
            progress.show(f"{staged.pictures:,} staged")
    progress.clear()
    disk = services().disk.usage()
    if as_json:
        row = {**tally.as_json(), "staged": {"objects": staged.pictures, "bytes": staged.bytes}, "disk": disk}
        click.echo(json.dumps(row))
        return
    click.echo("\n".join([*tally.lines(), f"staged, for a day {staged}"]))
    if disk:
        click.echo(f"{'free on the disk':<32}{disk['free'] / 1e6:>16,.1f} MB of {disk['total'] / 1e6:,.1f} MB")
        if warning := services().disk.warning():
            click.echo(warning)
