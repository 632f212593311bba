"""A log line for each request that reaches the API, with an id that the answer carries too.

No body and no header is ever logged, and no URL of ours holds a secret. So no log holds a token or a signature.
"""

import logging
import time
import uuid
from urllib.parse import quote

from flask import Flask, Response, g, has_request_context, request

#: Load balancers ask these every few seconds.
_QUIET = {"meta.health", "meta.ready"}


def record(app: Flask) -> None:
    """Log each request, and give it an id: X-Request-ID names it to the client, and every line about it has it."""
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
                # Quoted: a trusted proxy may pass on what a client wrote.
                "client": quote(request.remote_addr or "-", safe=":"),
                "method": request.method,
                # Quoted again, or a client could write lines of its own.
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
