"""The operator's commands: `flask storage …` and `flask images …`."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote

import click
from flask.cli import AppGroup

from app.archive import ArchiveRefused
from app.backup import BackupFailed
from app.errors import StoreFull, StoreUnavailable
from app.services import services
from app.storage import MAX_INVALIDATED, Links


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
    """Count pictures and bytes, by expiry and by type, and show the room on the embedded store's disk."""
    found: dict[str, dict[str, Counter[str]]] = {"expiries": {}, "types": {}}
    total, staged = Counter(pictures=0, bytes=0), Counter(objects=0, bytes=0)
    with plain_errors():
        for picture in services().upkeep.list_public():
            sums = Counter(pictures=1, bytes=picture.size)
            expiry, _, name = picture.key.rpartition("/")
            total += sums
            for kind, word in (("expiries", expiry or "none"), ("types", name.rpartition(".")[2])):
                found[kind][word] = found[kind].get(word, Counter()) + sums
        for upload in services().upkeep.list_staged():
            staged += Counter(objects=1, bytes=upload.size)
    disk = services().disk.usage()
    if as_json:
        click.echo(json.dumps({**total, **found, "staged": staged, "disk": disk}))
        return
    rows = [("pictures", total), *((f"  expiry {word}", sums) for word, sums in sorted(found["expiries"].items()))]
    rows += [(f"  type {word}", sums) for word, sums in sorted(found["types"].items())]
    for name, sums in rows:
        click.echo(f"{name:<20}{sums['pictures']:>12,}{sums['bytes'] / 1e6:>16,.1f} MB")
    click.echo(f"{'staged, for a day':<20}{staged['objects']:>12,}{staged['bytes'] / 1e6:>16,.1f} MB")
    if disk:
        click.echo(f"{'free on the disk':<32}{disk['free'] / 1e6:>16,.1f} MB of {disk['total'] / 1e6:,.1f} MB")
        if warning := services().disk.warning():
            click.echo(warning)


images = AppGroup("images", short_help="List what is public, and take it down.")


@images.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: key, link, modified, size.")
def list_images(as_json: bool) -> None:
    """List what is public, ordered by key: when it was published, its bytes, its link.

    Memory use does not grow with the number of pictures. To order them by time, pipe the list into sort.
    """
    links = services().storage.links
    with plain_errors():
        for found in services().upkeep.list_public():
            # Quoted: a key that others put there may hold a line feed, or worse.
            link = links.public_url(quote(found.key))
            modified = f"{found.modified:%Y-%m-%dT%H:%M:%SZ}"
            if as_json:
                row = {"key": found.key, "link": link, "modified": modified, "size": found.size}
                click.echo(json.dumps(row))
            else:
                click.echo(f"{modified}  {found.size:>10}  {link}")


@images.command("delete")
@click.argument("pictures", nargs=-1, required=True, metavar="KEY|LINK|-...")
def delete_images(pictures: tuple[str, ...]) -> None:
    """Take pictures down for good: nobody can publish them again, not even their uploader.

    KEY may begin with uploads/ or not. - reads standard input, and takes the last word of each line, so it accepts the
    lines of `images list`. With CLOUDFRONT_DISTRIBUTION_ID set, the distribution forgets them too.
    """
    upkeep = services().upkeep
    keys = _keys(services().storage.links, pictures)
    distribution = services().config.cloudfront_distribution_id
    if distribution and len(keys) > MAX_INVALIDATED:
        raise click.UsageError(f"CloudFront forgets {MAX_INVALIDATED} at once. Nothing was deleted.")
    deleted = []
    failures = []
    for key in keys:
        try:
            was_public = upkeep.take_down(key)
        except StoreUnavailable as error:
            failures.append(
                f"{key} was not deleted, nor what came after it. {error.remedy} ({error.__cause__}) Run this again."
            )
            break
        deleted.append(key)
        click.echo(f"{key}: {'deleted' if was_public else 'was not public; now it never will be'}")
    if distribution and deleted:
        try:
            upkeep.invalidate(deleted)
        except StoreUnavailable as error:
            failures.append(
                f"What was deleted, the CDN may go on serving for up to a day: {distribution} was not told to forget it"
                f" ({error.__cause__}). Run this again."
            )
        else:
            click.echo(f"{distribution}: told to forget {len(deleted)}")
    if failures:
        raise click.ClickException("\n".join(failures))


def _keys(links: Links, pictures: tuple[str, ...]) -> list[str]:
    """Return the key of each picture, once; refuse all of them if one has no key."""
    keys = {name: links.find_key(name) for name in _named(pictures)}
    if strangers := [ascii(name) for name, key in keys.items() if key is None]:
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        raise click.UsageError(
            f"Neither a key nor a link of ours: {', '.join(strangers[:5])}{more}. A link begins with"
            f" {links.public_url('')}. Nothing was deleted."
        )
    return list(dict.fromkeys(key for key in keys.values() if key))


def _named(pictures: tuple[str, ...]) -> Iterator[str]:
    for picture in pictures:
        if picture == "-":
            yield from (words[-1] for line in sys.stdin if (words := line.split()))
        else:
            yield picture
