"""OpenTelemetry, started as docs/monitoring.md says: gunicorn, a real store, and a collector that takes OTLP."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from config import Config
from tests.conftest import picture
from tests.contract.conftest import User
from tests.rigs import collector
from tests.rigs.collector import Collector
from tests.rigs.server import Server, until

PNG = picture("image/png")
PROGRAMS = Path(sys.executable).parent
STORE_CALLS = ["S3.CopyObject", "S3.GetObject", "S3.HeadObject"]


@pytest.fixture(scope="module")
def traces() -> Iterator[Collector]:
    with collector.running() as found:
        yield found


@pytest.fixture(scope="module")
def server(store: Config, traces: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert store.credentials
    server = Server(
        tmp_path_factory.mktemp("instance"),
        S3_BUCKET=store.s3_bucket,
        S3_ENDPOINT_URL=str(store.s3_endpoint_url),
        S3_PUBLIC_ENDPOINT_URL=str(store.s3_public_endpoint_url),
        PUBLIC_BASE_URL=str(store.public_base_url),
        SECRET_KEY="a secret of the tests and long enough",
        AWS_ACCESS_KEY_ID=store.credentials[0],
        AWS_SECRET_ACCESS_KEY=store.credentials[1],
        OTEL_SERVICE_NAME="image-host",
        OTEL_EXPORTER_OTLP_ENDPOINT=traces.url,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_METRICS_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
        OTEL_PROPAGATORS="tracecontext,xray",
        OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH="patch_all",
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    server.runner, server.command = [str(PROGRAMS / "opentelemetry-instrument")], [str(PROGRAMS / "gunicorn")]
    server.start()
    yield server
    server.end()


def complete(server: Server, upload: dict[str, Any], **headers: str) -> requests.Response:
    token = {"uploadToken": upload["uploadToken"]}
    return requests.post(f"{server.url}/uploads/complete", json=token, headers=headers, timeout=60)


def names(traces: Collector, trace_id: str) -> list[str]:
    """Return the names of a trace's spans, but for a look whether anything is blocked, which few calls have."""
    found = sorted(span.name for span in traces.spans if span.trace_id == trace_id)
    return [name for name in found if name != "S3.ListObjectsV2"]


def test_trace_goes_on_from_the_load_balancer_to_the_store(server: Server, traces: Collector) -> None:
    upload = User(server.post).stage(PNG, "image/png")
    trace_id, parent = os.urandom(16).hex(), os.urandom(8).hex()
    root = f"1-{trace_id[:8]}-{trace_id[8:]}"
    answer = complete(server, upload, **{"X-Amzn-Trace-Id": f"Root={root};Parent={parent};Sampled=1"})
    assert answer.status_code == 201
    until(lambda: names(traces, trace_id) == ["POST /uploads/complete", *STORE_CALLS])
    (request,) = [span for span in traces.spans if span.name.startswith("POST") and span.trace_id == trace_id]
    assert (request.parent, request.service) == (parent, "image-host")
    assert {span.parent for span in traces.spans if span.trace_id == trace_id} == {parent, request.id}
    until(lambda: any(f"request {answer.headers['X-Request-ID']}, trace {trace_id}\n" in line for line in server.lines))


def test_requests_at_once_keep_their_traces_apart(server: Server, traces: Collector) -> None:
    user = User(server.post)
    uploads = {os.urandom(16).hex(): user.stage(PNG, "image/png") for _ in range(24)}

    def one(trace_id: str) -> int:
        traceparent = f"00-{trace_id}-{os.urandom(8).hex()}-01"
        return complete(server, uploads[trace_id], traceparent=traceparent).status_code

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(one, uploads)) == {201}
    for trace_id in uploads:
        until(lambda trace_id=trace_id: len(names(traces, trace_id)) >= 4)  # type: ignore[misc]
        assert names(traces, trace_id) == ["POST /uploads/complete", *STORE_CALLS]


def test_spans_hold_no_secret_and_no_key(server: Server, traces: Collector) -> None:
    user = User(server.post)
    upload = user.stage(PNG, "image/png", filename="private-name.png")
    trace_id = os.urandom(16).hex()
    done = complete(server, upload, traceparent=f"00-{trace_id}-{os.urandom(8).hex()}-01").json()
    until(lambda: len(names(traces, trace_id)) >= 4)
    for private in (upload["uploadToken"], done["deleteToken"], upload["uploadId"], "private-name"):
        assert private.encode() not in traces.data


def test_gevent_is_patched_before_anything_else(server: Server) -> None:
    # Otherwise gunicorn starts with this warning, and calls to a store by TLS recurse without end.
    assert "MonkeyPatchWarning" not in "".join(server.lines)
