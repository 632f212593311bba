"""A collector of traces on 127.0.0.1 that takes OTLP over HTTP, as OpenTelemetry's own does, and keeps the spans."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.rigs.listener import listening


@dataclass(frozen=True)
class Span:
    """What a test asks of a span."""

    name: str
    trace_id: str
    id: str
    parent: str
    service: str


@dataclass
class Collector:
    """The spans that have come, in the order of their coming."""

    url: str
    spans: list[Span] = field(default_factory=list)
    data: bytes = b""

    def take(self, data: bytes) -> None:
        self.data += data
        for resource in ExportTraceServiceRequest.FromString(data).resource_spans:
            service = {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"]
            for scope in resource.scope_spans:
                for span in scope.spans:
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    self.spans.append(Span(span.name, *ids, service))


@contextmanager
def running() -> Iterator[Collector]:
    """Run one on a port that is free."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            found = self.path == "/v1/traces"
            if found:
                collector.take(gzip.decompress(data) if self.headers["Content-Encoding"] == "gzip" else data)
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with listening(Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        yield collector
