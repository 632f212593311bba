"""gunicorn's settings, as measured behind an ALB; `make run` uses the same."""

# ruff: noqa: E402
# First of all: what is imported before this keeps sockets and locks that stop the whole worker.
from gevent import monkey

monkey.patch_all()

import errno
import signal
import socket
from logging.config import dictConfig
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from config import Config, ConfigError, allow_open_files

# Ctrl-C ends us at once and without a traceback, until gunicorn minds it; the store's supervisor sees that we are gone.
signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    _config = Config.from_env()
    allow_open_files()
except ConfigError as error:
    raise SystemExit(str(error)) from error

wsgi_app = "wsgi:app"
_is_ipv6 = ":" in _config.host
bind = f"[{_config.host}]:{_config.port}" if _is_ipv6 else f"{_config.host}:{_config.port}"
worker_class = "worker.Worker"
# The faster one, gunicorn_h1c, has no wheel for Linux: installing it takes a compiler (docs/adr/0011-gevent-worker.md).
http_parser = "python"
workers = _config.web_concurrency
# Of each worker; beyond, whoever has kept it waiting longest makes room. With what else it opens, it stays below the
# 1,024 files that many systems allow.
worker_connections = 800
# Longer than the ALB keeps an idle connection (60 s): else it sends a request into a closing one, and answers 502.
keepalive = 75
timeout = 30
# Inside the 40 s that ECS gives a task to stop.
graceful_timeout = 25
# Workers say that they live by touching a file: in memory, where the disk is slow or read-only.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# No header sets the path or the scheme of a request, whoever sent it: what we are called, SITE_URL says.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# No max_requests: measured, it drops kept-alive requests.
control_socket_disable = True


class logger_class(Logger):  # noqa: N801 (gunicorn's name for the setting)
    """One form for gunicorn's lines and the app's; the app writes the line of each request."""

    def setup(self, cfg: Any) -> None:
        """Put one handler in place of gunicorn's own."""
        super().setup(cfg)
        dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {
                    "text": {"format": "[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s"},
                    "json": {
                        "()": "pythonjsonlogger.json.JsonFormatter",
                        "fmt": ["levelname", "name", "process", "message"],
                        "rename_fields": {"levelname": "level", "name": "logger"},
                        "timestamp": "time",
                    },
                },
                "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": _config.log_format}},
                "root": {"level": "INFO", "handlers": ["stderr"]},
                "loggers": {"gunicorn.error": {"handlers": [], "propagate": True}},
            }
        )


def on_starting(server: Any) -> None:
    """Start the embedded store from the master, so that it lives as long as the master does."""
    with socket.socket(socket.AF_INET6 if _is_ipv6 else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_config.host, _config.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SystemExit(
                    f"Port {_config.port} is taken. Stop what listens there, or choose another: PORT=8001 make run"
                ) from error
            raise SystemExit(
                f"The server can't listen on {_config.host}, port {_config.port} ({error.strerror}). Set HOST to an"
                " address of this machine, and PORT to one that you may use."
            ) from error
    if _config.embedded:
        from app import seaweedfs  # Only here: elsewhere the master needs no boto3.

        try:
            seaweedfs.start(_config)
        except seaweedfs.StoreFailed as error:
            raise SystemExit(str(error)) from error


def when_ready(server: Any) -> None:
    """Say where the page is."""
    server.log.info("Image host: %s", _config.site_url or _config.address)
