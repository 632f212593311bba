"""Which requests the server refuses unseen: those to an unknown host, and those for a foreign service worker.

Any site can let its own name resolve to this machine (DNS rebinding). Its pages are then of the same origin as the
server, and CORS does not stop them; only the host that their requests name gives them away. A service worker answers
for every page below it, for good. So nobody can make one of a file that we serve, except of the page's own.
"""

import re
from typing import Any

from flask import Flask, request
from werkzeug.wsgi import get_host

from app.errors import ServiceError, ServiceWorkerRefused, UnknownHost
from config import Config

#: Load balancers ask these by the address of a task, which no setting knows.
_HEALTH = {"/health", "/health/ready"}
#: frontend/public/share.js
_SERVICE_WORKER = "/share.js"


class Gate:
    """Refuses requests before anything else looks at them."""

    def __init__(self, config: Config) -> None:
        self._hosts = config.hosts

    def guard(self, app: Flask) -> None:
        """Let `app` answer each refused request with the reason."""

        @app.before_request
        def check() -> None:
            if refusal := self.refusal(request.environ):
                raise refusal

    def refusal(self, environ: dict[str, Any]) -> ServiceError | None:
        """Return why a request is refused, given its WSGI environment; None if it is not."""
        path = environ.get("PATH_INFO", "")
        if path not in _HEALTH and _name(environ) not in self._hosts:
            return UnknownHost(
                "This server does not answer to the host that the request names. Whoever runs it adds the host's name"
                " to ALLOWED_HOSTS, or sets SITE_URL to the page's address (docs/configuration.md)."
            )
        # https://w3c.github.io/ServiceWorker/#service-worker-script-request
        if "HTTP_SERVICE_WORKER" in environ and path != _SERVICE_WORKER:
            return ServiceWorkerRefused(f"No service worker is served here but {_SERVICE_WORKER}.")
        return None


def _name(environ: dict[str, Any]) -> str:
    """Return the host that a request names, without its port; an empty string if that is not a valid host.

    werkzeug checks the form. Its own comparison is not enough: it is case-sensitive, and knows no IPv6 addresses.
    """
    return re.sub(r":\d+\Z", "", get_host(environ)).lower().removesuffix(".")
