"""An image host whose API carries no picture's bytes, but for programs that make one request only."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    albums,
    cli_backup,
    cli_check,
    cli_config,
    cli_images,
    clients,
    frontend,
    gallery,
    logs,
    meta,
    oembed,
    pages,
    rate_limit,
    relay,
    reports,
    uploads,
)
from app.api import Api
from app.gate import Gate
from app.services import provide
from config import VERSION, Config


class _App(Flask):
    """Looks at no function whether it is async: none is, and Flask would look at a dozen of them at each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(config: Config) -> Flask:
    """Wire the application."""
    app = _App(__name__, static_folder=None)
    app.config.from_mapping(
        API_TITLE="Image host",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        MAX_CONTENT_LENGTH=16 * 1024,
        LONG_BODIES={albums.blueprint.url_prefix: albums.MAX_BYTES},
        STREAMED=frozenset(),
    )
    storage = provide(app, config).storage

    gate = Gate(config)
    logs.record(app)
    gate.guard(app)
    apart = (uploads.blueprint, albums.blueprint, oembed.blueprint, pages.blueprint, gallery.blueprint)
    rate_limit.limit(app, config, apart, relay.blueprint, stricter={"uploads.report": reports.LIMIT})
    api = Api(app)
    api.register_blueprint(uploads.blueprint)
    api.register_blueprint(albums.blueprint)
    api.register_blueprint(meta.blueprint)
    api.register_blueprint(clients.blueprint)
    api.register_blueprint(oembed.blueprint)
    if config.relay_uploads:
        api.register_blueprint(relay.blueprint)
        # There the app reads the body itself, as much of it as it likes: here nobody reads or parses it before.
        app.config["STREAMED"] = relay.paths(app)
    app.register_blueprint(frontend.blueprint)
    app.register_blueprint(gallery.blueprint)
    app.register_blueprint(pages.blueprint)
    for commands in (cli_backup.storage, cli_check.storage, cli_images.images, cli_config.config):
        app.cli.add_command(commands)

    CORS(
        app,
        origins=config.cors_origins,
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Date", "Retry-After", "X-Request-ID"],
        methods=["GET", "POST", "PUT"],
        max_age=3600,
    )
    if config.metrics_port:
        from app.metrics import Metrics  # Only here: a server that counts nothing needs no library for it.

        Metrics().watch(app, storage)
    frontend.serve(app, gate, {storage.links.upload_origin, storage.links.public_origin})
    proxies = config.trusted_proxies + config.edge
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    return app
