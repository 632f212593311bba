"""One line for each request that reaches the API, with an id that the answer carries too.

Bodies and headers are never logged, and no URL of ours carries a secret: so no token and no signature can be in a log.
"""

import logging
import time
import uuid
from urllib.parse import quote

from flask import Flask, Response, g, has_request_context, request

#: What load balancers ask every few seconds.
_QUIET = {"meta.health", "meta.ready"}


def record(app: Flask) -> None:
    """Log each request and give it an id, X-Request-ID, which stands in every line about it."""
    app.logger.setLevel(logging.INFO)
    app.logger.addFilter(_name_request)

    @app.before_request
    def begin() -> None:
        g.request_id = uuid.uuid4().hex
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        if request.endpoint not in _QUIET or response.status_code >= 400:
            seconds = time.perf_counter() - g.began
            fields = {
                # A proxy of ours may pass on what a client wrote.
                "client": quote(request.remote_addr or "-", safe=":"),
                "method": request.method,
                # Quoted again, so that nobody can write lines of their own.
                "path": quote(request.path),
                "status": response.status_code,
                "milliseconds": round(1000 * seconds, 1),
            }
            line = "%(client)s %(method)s %(path)s %(status)d in %(milliseconds)s ms, request %(request_id)s"
            app.logger.info(line, {**fields, "request_id": g.request_id}, extra=fields)
        return response


def _name_request(line: logging.LogRecord) -> bool:
    line.request_id = g.get("request_id", "-") if has_request_context() else "-"
    return True
