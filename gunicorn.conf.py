"""gunicorn's settings, as measured behind an ALB; `make run` uses them too."""

# ruff: noqa: E402
# This comes first: a module imported earlier would keep sockets and locks that block the whole worker.
from gevent import monkey

monkey.patch_all()

import errno
import gc
import logging
import os
import signal
import socket
from logging.config import dictConfig
from os.path import relpath
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from gunicorn.glogging import Logger

from config import VERSION, Config, ConfigError, allow_open_files

# Until gunicorn handles Ctrl-C, it ends us at once and without a traceback; the store's supervisor notices.
signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    _config = Config.from_env()
    allow_open_files()
except ConfigError as error:
    raise SystemExit(str(error)) from error

wsgi_app = "wsgi:app"
if _config.edge:
    # The system allows a hundred characters.
    bind = min(f"unix:{_config.api_socket}", f"unix:{relpath(_config.api_socket)}", key=len)
else:
    bind = f"[{_config.host}]:{_config.port}" if ":" in _config.host else f"{_config.host}:{_config.port}"
worker_class = "worker.Worker"
# The faster parser, gunicorn_h1c, has no wheel for Linux, so it needs a compiler (docs/adr/0011-gevent-worker.md).
http_parser = "python"
workers = _config.web_concurrency
# For each worker; the next client takes the place of the one that has kept it waiting longest. With the other files
# that a worker opens, this stays below the 1,024 that many systems allow.
worker_connections = 800
# Longer than the ALB keeps an idle connection (60 s): otherwise it may send a request just as we close, and answer 502.
keepalive = 75
timeout = 40
# Within the 40 s that ECS gives a task to stop.
graceful_timeout = 25
# Each worker touches a file to show that it is alive. In memory, because the disk may be slow or read-only.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Where workers count for Prometheus. Each reload reads this file again, and must find the same name.
_counts = Path(worker_tmp_dir or gettempdir()) / f"image-host-counts-{os.getpid()}"
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={_counts}"] if _config.metrics_port else []
# No header sets the path or the scheme of a request, whoever sent it: SITE_URL says what our address is.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# No max_requests: it drops requests on connections that are kept alive, as measured.
control_socket_disable = True
# A connection of ours holds the head of an answer back for `sendall`, and for nothing else (worker.py).
sendfile = False


class _Logger(Logger):
    """Gives gunicorn's lines and the app's one format.

    The setting `logconfig_dict` would do the same, but also makes gunicorn compose an access line for each request,
    even if no handler takes it. The app logs each request already.
    """

    def setup(self, cfg: Any) -> None:
        """Replace gunicorn's handlers with one of ours."""
        super().setup(cfg)
        # No line tells where it was written, or in which thread, so nobody looks for that
        # (https://docs.python.org/3/howto/logging.html#optimization).
        logging._srcfile = None
        logging.logThreads = logging.logMultiprocessing = False
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


logger_class = _Logger


_OTHER_PORT = (
    "set TLS=off if it is a proxy that forwards to this server (docs/self-hosting.md)."
    if len(_config.listens) > 1
    else "choose another: PORT=8001 make run"
)


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EACCES and _config.edge:
                return  # Caddy may have the right that this process lacks; if not, it says so.
            if error.errno == errno.EADDRINUSE:
                raise SystemExit(f"Port {port} is taken. Stop what listens there, or {_OTHER_PORT}") from error
            raise SystemExit(
                f"The server can't listen on {host}, port {port} ({error.strerror}). Set HOST to an address of this"
                " machine, and PORT or SITE_URL to a port that you may use."
            ) from error


def on_starting(server: Any) -> None:
    """Check that the ports are free, then start the store and the edge, which live as long as the master process."""
    for host, port in _config.listens:
        _check_port(host, port)
    if _config.embedded:
        from app import embedded  # Only here: with any other store, the master needs no boto3.

        try:
            embedded.start(_config, serve=True)
        except (ConfigError, embedded.StartFailed) as error:
            raise SystemExit(str(error)) from error
    _export(server)


def _export(server: Any) -> None:
    """Answer Prometheus where METRICS_PORT says."""
    if not _config.metrics_port or hasattr(server, "exporter"):
        return
    from exporter import Exporter  # Only here: prometheus_client looks for the folder when it is imported.

    usage = None
    if _config.embedded:
        from app.embedded.disk import Disk

        usage = Disk(_config.instance_path / "seaweedfs").usage
    address = (_config.metrics_host, _config.metrics_port)
    try:
        server.exporter = Exporter(address, _counts, {"version": VERSION, "commit": _config.git_commit}, usage)
        server.exporter.start()
    except OSError as error:
        raise SystemExit(
            f"The server can't answer Prometheus on {address[0]}, port {address[1]} ({error}). Set"
            " METRICS_HOST to an address of this machine, and METRICS_PORT to a port that is free."
        ) from error


def on_reload(server: Any) -> None:
    """Begin to answer Prometheus, where a changed setting asks for it."""
    _export(server)


def post_worker_init(worker: Any) -> None:
    """Search what the app is made of for garbage no more: that takes 0.1 s, in which a worker serves nobody."""
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """Leave Prometheus to the master."""
    if hasattr(server, "exporter"):
        server.exporter.leave_to_master()


def child_exit(server: Any, worker: Any) -> None:
    """Keep what a worker had counted that has ended."""
    if hasattr(server, "exporter"):
        server.exporter.take_over(worker.pid)


def when_ready(server: Any) -> None:
    """Print the page's address."""
    server.log.info("Image host: %s", _config.site_url or _config.address)
    if _config.edge and _config.port == 443 and _config.tls == "auto":
        log = _config.instance_path / "edge" / f"{_config.port}.log"
        server.log.info("Caddy gets the certificate. If the page does not open within a minute, see %s", log)
