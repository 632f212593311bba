"""The application that gunicorn and `flask run` serve."""

import signal
import sys
from typing import Any

import click
from flask.cli import run_command

from app import create_app, embedded
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

try:
    config = Config.from_env(host=_running.get("host"), port=_running.get("port"))
    if config.embedded:
        config = embedded.start(config)
except (ConfigError, embedded.StartFailed) as error:
    sys.exit(str(error))

app = create_app(config)
