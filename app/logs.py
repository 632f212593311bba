"""A log line for each request that reaches the API, with an id that the answer carries too.

No body and no header is ever logged, and no URL of ours holds a secret. So no log holds a token or a signature.
"""

import logging
import re
import secrets
import time
from functools import lru_cache
from urllib.parse import quote

from flask import Flask, Response, g, has_request_context, request

try:
    from opentelemetry import trace
except ImportError:  # Only requirements-otel.txt brings it.
    trace = None  # type: ignore[assignment]

#: Load balancers ask these every few seconds.
_QUIET = {"meta.health", "meta.ready"}
#: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
_XRAY_ROOT = re.compile(r"(?:^|;) *Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")
#: Most requests come from a few addresses, for a few paths.
_quote = lru_cache(maxsize=256)(quote)


def record(app: Flask) -> None:
    """Log each request, and give it an id: X-Request-ID names it to the client, and every line about it has it."""
    app.logger.setLevel(logging.INFO)
    app.logger.addFilter(_name_request)

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(16)
        g.trace_id = _trace_id()
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        if request.endpoint not in _QUIET or response.status_code >= 400:
            seconds = time.perf_counter() - g.began
            fields = {
                # Quoted: a trusted proxy may pass on what a client wrote.
                "client": _quote(request.remote_addr or "-", safe=":"),
                "method": request.method,
                # Quoted again, or a client could write lines of its own.
                "path": _quote(request.path),
                "status": response.status_code,
                "milliseconds": round(1000 * seconds, 1),
            }
            line = "%(client)s %(method)s %(path)s %(status)d in %(milliseconds)s ms, request %(request_id)s"
            if g.trace_id:
                line += ", trace %(trace_id)s"
            app.logger.info(line, {**fields, "request_id": g.request_id, "trace_id": g.trace_id}, extra=fields)
        return response


def _name_request(line: logging.LogRecord) -> bool:
    line.request_id = g.get("request_id", "-") if has_request_context() else "-"
    if has_request_context() and (trace_id := g.get("trace_id")):
        line.trace_id = trace_id
    return True


def _trace_id() -> str | None:
    """Return the trace that the request is part of: OpenTelemetry's, or the one that a load balancer of AWS names.

    A client may choose it, but not its form.
    """
    if trace is not None and (context := trace.get_current_span().get_span_context()).is_valid:
        return f"{context.trace_id:032x}"
    found = _XRAY_ROOT.search(request.headers.get("X-Amzn-Trace-Id", ""))
    return found[1] if found else None
