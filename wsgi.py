"""What gunicorn and `flask run` serve."""

import sys

import click
from flask.cli import run_command

from app import create_app
from app.embedded import seaweedfs
from config import Config, ConfigError

# `flask run` has its own address, port 5000 unless told otherwise; the pages and links that we make must name it.
_command = click.get_current_context(silent=True)
_running = _command.params if _command and _command.command is run_command else {}

try:
    config = Config.from_env(host=_running.get("host"), port=_running.get("port"))
    if config.embedded:
        config = seaweedfs.start(config)
except (ConfigError, seaweedfs.StoreFailed) as error:
    sys.exit(str(error))

app = create_app(config)
