"""The application that gunicorn and `flask run` serve."""

import signal
import sys
from typing import Any

import click
from flask import Flask
from flask.cli import FlaskGroup, run_command

from app import cli_config, create_app, embedded
from config import Config, ConfigError

# `flask run` listens on an address of its own, by default port 5000. Our links and our CORS must name that one.
_command = click.get_current_context(silent=True)
_running = _command.params if _command and _command.command is run_command else {}


def _interrupt(*_: Any) -> None:
    # Neither a second Ctrl-C nor the SIGTERM of `make dev` may interrupt what the first Ctrl-C began.
    embedded.ignore_ends()
    raise KeyboardInterrupt


if _running:
    signal.signal(signal.SIGINT, _interrupt)


def _make_app() -> Flask:
    try:
        config = Config.from_env(host=_running.get("host"), port=_running.get("port"))
        if config.embedded:
            config = embedded.start(config, pages=_command is None or bool(_running))
    except (ConfigError, embedded.StartFailed) as error:
        sys.exit(str(error))
    return create_app(config)


def _asks_for_settings() -> bool:
    """Say whether this is `flask config`. flask looks for a command in the app, and so makes it first."""
    if not (_command and isinstance(_command.command, FlaskGroup)):
        return False
    words = _command.command.make_parser(_command).parse_args(sys.argv[1:])[1]
    return words[:1] == ["config"]


app = cli_config.alone() if _asks_for_settings() else _make_app()
