"""The commands `flask images …`: what is public, how to take it down, and what nobody may publish again."""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import quote

import click
from flask.cli import AppGroup

from app.cli import plain_errors
from app.errors import StoreUnavailable
from app.progress import Progress
from app.services import services
from app.storage import MAX_INVALIDATED, Record, find_album, is_sha256
from app.tally import Tally

images = AppGroup("images", short_help="Show, count and list what is public; take it down; block it.")

_TIME = "%Y-%m-%dT%H:%M:%SZ"
#: What each state of a picture means to its operator.
_STATES = {
    "public": "public",
    "expired": "expired: past its time, and removed soon",
    "deleted": "deleted within the last day",
    "unpublished": "uploaded within the last day, and never published",
    "gone": "not here: deleted before, expired, or never published",
}


@images.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: key, link, modified, size.")
def list_images(as_json: bool) -> None:
    """List what is public, ordered by key: when it was published, its bytes, its link.

    Memory use does not grow with the number of pictures. To order them by time, pipe the list into sort.
    """
    links = services().storage.links
    # The list itself shows how far it is, if the terminal shows the list.
    progress = Progress(quiet=sys.stdout.isatty())
    with plain_errors():
        for number, found in enumerate(services().upkeep.list_public(), 1):
            # Quoted: a key that others put there may hold a line feed, or worse.
            link = links.public_url(quote(found.key))
            modified = f"{found.modified:{_TIME}}"
            if as_json:
                row = {"key": found.key, "link": link, "modified": modified, "size": found.size}
                click.echo(json.dumps(row))
            else:
                click.echo(f"{modified}  {found.size:>10}  {link}")
            progress.show(f"{number:,} listed")
    progress.clear()


@images.command("albums")
def list_albums() -> None:
    """List the albums, ordered by link: when each was changed last, its bytes without pictures, its link."""
    site = services().config.site_url or ""
    with plain_errors():
        for found in services().storage.albums:
            click.echo(f"{found.modified:{_TIME}}  {found.size:>10}  {site}/a/{found.key}")


@images.command("stats")
@click.option("--by", type=click.Choice(["month", "day"]), default="month", help="Count by month (default) or by day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show_stats(by: str, as_json: bool) -> None:
    """Count pictures and bytes: in all, by expiry, by type, and by when they were published.

    Memory use does not grow with the number of pictures. `storage usage` shows the room on the disk.
    """
    tally, progress = Tally("%Y-%m" if by == "month" else "%Y-%m-%d"), Progress()
    with plain_errors():
        for found in services().upkeep.list_public():
            tally.count(found)
            progress.show(f"{tally.total.pictures:,} counted")
    progress.clear()
    if as_json:
        click.echo(json.dumps({**tally.as_json(), f"{by}s": tally.periods_as_json()}))
    else:
        click.echo("\n".join([*tally.lines(), f"published, by {by}", *tally.period_lines()]))


@images.command("show")
@click.argument("picture", metavar="KEY|LINK")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show_image(picture: str, as_json: bool) -> None:
    """Show what is known of a picture: its state, name, type, size, dimensions, when it came and when it goes."""
    key = services().storage.links.find_key(picture)
    if key is None:
        raise click.UsageError(f"Neither a key nor a link of ours: {picture!a}.{_hint()}")
    with plain_errors():
        record = services().storage.look_up(key, datetime.now(UTC))
    facts = {"key": key, "link": services().storage.links.public_url(key), "state": record.state, **_facts(record)}
    if as_json:
        click.echo(json.dumps(facts))
        return
    facts["state"] = _STATES[record.state]
    if record.upload:
        facts |= {"size": f"{facts['size']:,} bytes", "expiresAt": facts["expiresAt"] or "never"}
    for name, value in facts.items():
        # A name that others gave may hold what a terminal obeys.
        text = "".join(letter if letter.isprintable() else "?" for letter in str(value))
        click.echo(f"{name:<12}{text}")


def _facts(record: Record) -> dict[str, str | int | None]:
    """Return what is known of a picture that is there, under the names that the API gives it."""
    upload, published = record.upload, record.published
    if not (upload and published):
        return {}
    pixels = {name: int(value) for name in ("width", "height") if (value := record.metadata.get(name, "")).isdecimal()}
    return {
        "filename": upload.filename,
        "contentType": upload.content_type,
        "size": upload.size,
        **pixels,
        "published": f"{published:{_TIME}}",
        "expiresAt": f"{upload.expires_at:{_TIME}}" if upload.expires_at else None,
    }


@images.command("delete")
@click.argument("pictures", nargs=-1, required=True, metavar="KEY|LINK|-...")
def delete_images(pictures: tuple[str, ...]) -> None:
    """Take pictures and albums down for good: nobody can publish them again, not even their uploader.

    KEY may begin with uploads/ or not; a LINK may be an album's, whose pictures stay. - reads standard input, and takes
    the last word of each line, so it accepts the lines of `images list` and `images albums`. The distributions in
    CLOUDFRONT_DISTRIBUTION_ID forget the pictures too.
    """
    named = {name: find_album(name) for name in _named(pictures)}
    keys = _keys([name for name, album in named.items() if album is None], "key nor a link of ours", "deleted")
    _take_down(keys, _delete)
    with plain_errors():
        for album in filter(None, named.values()):
            services().storage.albums.delete(album)
            click.echo(f"{album}: deleted")


@images.command("block")
@click.argument("pictures", nargs=-1, required=True, metavar="KEY|LINK|FILE|SHA256|-...")
def block_images(pictures: tuple[str, ...]) -> None:
    """Let nobody publish these bytes again, under any link; of a KEY or LINK, take the picture down as well.

    A file with one byte changed is another file. Other links to the same bytes, published before, stay. SHA256 is in
    hexadecimal. - reads standard input, and takes the last word of each line, such as those of `images blocked`.
    """
    digests = {name: _digest(name) for name in _named(pictures)}
    links = [name for name, digest in digests.items() if digest is None]
    keys = _keys(links, "key nor a link of ours, a file that can be read here, or 64 hexadecimal digits", "blocked")
    with plain_errors():
        for digest in filter(None, digests.values()):
            services().storage.blocklist.add(digest)
            click.echo(f"{digest}: blocked")
    _take_down(keys, _block)


@images.command("unblock")
@click.argument("files", nargs=-1, required=True, metavar="SHA256|FILE|-...")
def unblock_images(files: tuple[str, ...]) -> None:
    """Let these bytes be published again; what was taken down stays down."""
    digests = {name: _digest(name) for name in _named(files)}
    if strangers := [ascii(name) for name, digest in digests.items() if digest is None]:
        raise click.UsageError(
            f"Neither 64 hexadecimal digits nor a file that can be read here: {', '.join(strangers[:5])}. Nothing was"
            " unblocked."
        )
    with plain_errors():
        for digest in filter(None, digests.values()):
            was_blocked = services().storage.blocklist.remove(digest)
            click.echo(f"{digest}: {'unblocked' if was_blocked else 'was not blocked'}")


@images.command("blocked")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: sha256, blocked.")
def list_blocked(as_json: bool) -> None:
    """List what is blocked, ordered by digest: since when, and the SHA-256."""
    with plain_errors():
        for found in services().storage.blocklist:
            since = f"{found.modified:{_TIME}}"
            if as_json:
                click.echo(json.dumps({"sha256": found.key, "blocked": since}))
            else:
                click.echo(f"{since}  {quote(found.key)}")


def _take_down(keys: list[str], take: Callable[[str], str]) -> None:
    """Take pictures down one by one, say what `take` says of each, and have the CDN forget them."""
    distributions = ", ".join(services().config.cloudfront_distribution_id)
    if distributions and len(keys) > MAX_INVALIDATED:
        raise click.UsageError(f"CloudFront forgets {MAX_INVALIDATED} at once. Nothing was deleted.")
    deleted: list[str] = []
    failures = []
    for key in keys:
        try:
            said = take(key)
        except _BytesGone as gone:
            failures.append(f"{key}: {gone}")
        except StoreUnavailable as error:
            failures.append(
                f"{key} was not deleted, nor what came after it. {error.remedy} ({error.__cause__}) Run this again."
            )
            break
        else:
            click.echo(f"{key}: {said}")
        deleted.append(key)
    if distributions and deleted:
        try:
            services().upkeep.invalidate(deleted)
        except StoreUnavailable as error:
            failures.append(
                f"What was deleted, the CDN may go on serving for up to a day: {distributions} was not told to forget"
                f" it ({error.__cause__}). Run this again."
            )
        else:
            click.echo(f"{distributions}: told to forget {len(deleted)}")
    if failures:
        raise click.ClickException("\n".join(failures))


def _delete(key: str) -> str:
    was_public = services().upkeep.take_down(key)
    return "deleted" if was_public else "was not public; now it never will be"


class _BytesGone(Exception):
    """A picture can't be blocked by its link any more."""


def _block(key: str) -> str:
    """Block what a key shows before it is deleted: after that, nobody knows its bytes.

    Raises:
        _BytesGone: it shows nothing. It is deleted all the same.
    """
    with TemporaryFile() as file:
        if services().upkeep.fetch(key, file) is None:
            raise _BytesGone(f"{_delete(key)}. Not blocked, for its bytes are gone: block a file of them.")
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    services().storage.blocklist.add(digest)
    return f"{_delete(key)}; blocked {digest}"


def _digest(name: str) -> str | None:
    """Return the digest that is written there, or that of the file of this name; None for anything else."""
    if is_sha256(name.lower()):
        return name.lower()
    if services().storage.links.find_key(name):
        return None
    try:
        with Path(name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _keys(names: list[str], forms: str, done: str) -> list[str]:
    """Return the key of each name, once; refuse all of them, of which nothing is `done`, if one has no key."""
    keys = {name: services().storage.links.find_key(name) for name in names}
    strangers = [name for name, key in keys.items() if key is None]
    if strangers:
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        raise click.UsageError(
            f"Neither a {forms}: {', '.join(map(ascii, strangers[:5]))}{more}.{_hint()} Nothing was {done}."
        )
    return list(dict.fromkeys(key for key in keys.values() if key))


def _hint() -> str:
    return f" A link begins with {services().storage.links.public_url('')}."


def _named(pictures: tuple[str, ...]) -> Iterator[str]:
    for picture in pictures:
        if picture == "-":
            yield from (words[-1] for line in sys.stdin if (words := line.split()))
        else:
            yield picture
