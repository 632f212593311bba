"""Deleting by link."""

import sys
import threading
from collections.abc import Iterable
from functools import partial

import click

from imghost import settings
from imghost.errors import Failure
from imghost.journal import Entry, Journal
from imghost.retry import Retry, Tries
from imghost.server import Server, connections
from imghost.text import plain
from imghost.wire import ApiError


def remove(links: Iterable[str]) -> int:
    """Delete the pictures and albums of these links, by the tokens of the history; return the exit code."""
    journal = Journal(settings.state_folder())
    http, retry = connections(1), Retry(threading.Event())
    codes = {0}
    for link in links:
        try:
            if found := journal.find_album(link):
                server, album = found
                retry.request(Tries(lambda _: None), partial(Server(server, None, http).delete_album, album.edit_token))
                journal.forget_album(link)
                _say(link)
                continue
            entry = _find(journal, link)
            delete = partial(Server(entry.server, None, http).delete, entry.picture.delete_token)
            retry.request(Tries(lambda _: None), delete)
        except ApiError as error:
            codes.add(_complain(link, error.failure()))
        except Failure as failure:
            codes.add(_complain(link, failure))
        else:
            journal.forget(entry)
            _say(entry.picture.view_url)
    return min(codes - {0}, default=0)


def _say(link: str) -> None:
    if sys.stdout.isatty():
        click.echo(f"Deleted: {link}")


def _find(journal: Journal, link: str) -> Entry:
    entry = journal.find(link)
    if entry is None:
        raise Failure("It was not uploaded from this computer. Its delete link deletes it.")
    return entry


def _complain(link: str, failure: Failure) -> int:
    click.echo(f"imghost: {plain(link)}: {failure}", err=True)
    return failure.exit_code
