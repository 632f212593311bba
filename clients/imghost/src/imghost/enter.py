"""Choosing a server, and its access token."""

import sys

import click

from imghost import settings
from imghost.errors import Usage
from imghost.server import Server, connections
from imghost.wire import ApiError


def enter(server: str | None) -> None:
    """Ask for a server and its token, have the server check both, and keep them.

    Raises:
        Failure: it does not answer as an image host, or refuses the token.
    """
    is_person = sys.stdin.isatty()
    current = settings.read({"server": server}).server
    if not server:
        if not is_person:
            raise Usage("Name the server: imghost login https://img.example.org.")
        server = str(click.prompt("Server", default=current))
    address = settings.address(server)
    http = connections(1)
    try:
        limits = Server(address, None, http).limits()
        token = None
        if limits.token_required:
            token = settings.checked_token(_ask() if is_person else sys.stdin.readline().strip())
            if not token:
                raise Usage(f"{address} is private: its owner gives you an access token.")
            # This signs a PUT that nobody makes: it stores nothing.
            Server(address, token, http).init({"contentType": next(iter(limits.content_types)), "size": 1})
    except ApiError as error:
        raise error.failure() from error
    settings.keep_login(address, token)
    if is_person:
        kept = f"Kept in {settings.login_file()}."
        click.echo(kept if token else f"{address} takes pictures without a token. {kept}")
        if token and settings.is_exposed(address):
            click.echo("The address begins with http: on the way, others can read the token.", err=True)


def _ask() -> str:
    return str(click.prompt("Access token", hide_input=True))
