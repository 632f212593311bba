"""Whom the server answers: requests to a host of its own, and no service worker but the page's.

Any site can have its own name resolve to this machine (DNS rebinding). Its pages then call the server as their own
origin, and CORS keeps nothing from them: only the host that the request names tells. A service worker answers for every
page below it, for good: so none can be made of anything else that we serve.
"""

import re
from typing import Any

from flask import Flask, request
from werkzeug.wsgi import get_host

from app.errors import ServiceError, ServiceWorkerRefused, UnknownHost
from config import Config

#: What load balancers ask, by the address of a task.
_HEALTH = {"/health", "/health/ready"}
#: frontend/public/share.js
_SERVICE_WORKER = "/share.js"


class Gate:
    """Says which requests are refused before anything looks at them."""

    def __init__(self, config: Config) -> None:
        self._hosts = config.hosts

    def guard(self, app: Flask) -> None:
        """Have `app` answer what is refused with the reason."""

        @app.before_request
        def check() -> None:
            if refusal := self.refusal(request.environ):
                raise refusal

    def refusal(self, environ: dict[str, Any]) -> ServiceError | None:
        """Return why the request of a WSGI environment is refused, or None."""
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
    """Return the name of the host that a request names, without its port; empty where it is none.

    werkzeug vouches for the form. It compares as well, but by case, and no IPv6 addresses.
    """
    return re.sub(r":\d+\Z", "", get_host(environ)).lower().removesuffix(".")
