"""The commands `flask storage backup` and `flask storage restore`."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from app import backup
from app.archive import Writer
from app.cli import plain_errors, storage
from app.embedded import keys
from app.progress import Progress
from app.services import services
from app.storage import KeyTaken
from config import Config
from forms import check_secret_key

__all__ = ["storage"]


@storage.command("backup")
@click.argument("file", metavar="FILE|-")
@click.option("--keys", "keys_file", type=click.Path(path_type=Path), help="Write SECRET_KEY to a file.")
@click.option("--quiet", is_flag=True, help="Say nothing of the progress.")
def make_backup(file: str, keys_file: Path | None, quiet: bool) -> None:
    """Write every public picture and album to FILE, or to standard output, as a tar; uploads and deletes may go on.

    A backup to FILE that broke off goes on when it is run again within twelve hours. Keep FILE for yourself: all links
    are in it.
    """
    config, upkeep, store = services().config, services().upkeep, services().storage
    if keys_file:
        _save_keys(keys_file, config.secret_key)
    progress = _Count(quiet)
    with plain_errors():
        if file == "-":
            if sys.stdout.isatty():
                raise click.UsageError("A terminal shows no tar: redirect standard output, or name a file.")
            backup.Backup(upkeep, store, Writer(sys.stdout.buffer), progress.count, progress.say).run()
        else:
            with backup.open_archive(Path(file), progress.say) as writer:
                backup.Backup(upkeep, store, writer, progress.count, progress.say).run()
    progress.end()


@storage.command("restore")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--keys", "keys_file", type=click.File(), help="Let the tokens that this SECRET_KEY signed be valid.")
@click.option("--quiet", is_flag=True, help="Say nothing of the progress.")
def restore_backup(file: BinaryIO, keys_file: TextIO | None, quiet: bool) -> None:
    """Publish every picture and album of a backup under its old link; leave what is there, was deleted or has expired.

    The bucket must be set up. It is safe to run this again: it goes on where it broke off. Afterwards, `storage expire`
    must run every hour on every store, or restored pictures with an expiry stay too long.
    """
    made, progress = services(), _Count(quiet)
    if keys_file:
        _load_keys(made.config, keys_file.read().strip())
    restore = backup.Restore(made.config, made.storage, made.publisher, made.disk, progress.say)
    try:
        with plain_errors():
            outcomes = restore.run(file, progress.count)
    except KeyTaken as error:
        raise click.ClickException(
            f"uploads/{error} is public already, with other bytes than in the archive. It stays as it is; what came"
            " after it was not restored."
        ) from error
    progress.end()
    if outcomes["refused"]:
        raise click.ClickException(f"{outcomes['refused']} refused, for the reasons above. All others are there.")


def _save_keys(path: Path, secret_key: str) -> None:
    """Write the keys to a new file, for its owner alone."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secret_key}\n")
    except FileExistsError as error:
        if path.read_text().strip() != secret_key:
            raise click.ClickException(f"{path} exists, and holds another key. Choose another name.") from error


def _load_keys(config: Config, secret_key: str) -> None:
    """Make sure that tokens of these keys are valid on this instance, or will be after a restart."""
    try:
        check_secret_key(secret_key)
    except ValueError as error:
        raise click.ClickException(f"This is no file that --keys of a backup wrote. {error}") from error
    own = [key.strip() for key in config.secret_key.split(",")]
    if all(key.strip() in own for key in secret_key.split(",")):
        return
    if not config.embedded or not (config.instance_path / "secret_key").exists():
        raise click.ClickException(
            "SECRET_KEY lacks the key of that file, so old delete links would be worthless. Put it behind your own,"
            " separated by a comma, and run this again."
        )
    keys.add_secret_key(config.instance_path, secret_key)
    click.echo(
        "The old key was put behind the new one. Restart the server: then old delete links work again.", err=True
    )


class _Count(Progress):
    """Counts pictures by what became of them, and shows the sum so far."""

    def __init__(self, quiet: bool) -> None:
        super().__init__(quiet=quiet)
        self._outcomes: Counter[str] = Counter()
        self._bytes = 0

    def count(self, outcome: str, size: int) -> None:
        """Count a picture."""
        self._outcomes[outcome] += 1
        self._bytes += size
        self.show(self)

    def end(self) -> None:
        """Write the sum."""
        self.say(str(self))

    def __str__(self) -> str:
        """Return the sum so far."""
        words = {"there": "already there", "saved": "saved", "restored": "restored"}
        counts = [f"{number:,} {words.get(outcome, outcome)}" for outcome, number in self._outcomes.items()]
        return f"Pictures: {', '.join(counts) or 'none'}; {self._bytes / 1e6:,.1f} MB"
