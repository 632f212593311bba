"""What Prometheus is told of the calls and of the store (docs/monitoring.md).

The calls are counted by their answers, so no view has to count anything. Each worker counts for itself, in files of the
folder that PROMETHEUS_MULTIPROC_DIR names; exporter.py adds them up. No label ever holds what a client chose.
"""

import time
from collections.abc import Iterator
from typing import Final

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

from app.errors import ServiceError
from app.problems import CODES
from app.reports import PutFailure
from app.storage import Storage

#: Seconds; the last is longer than any call takes by app/storage's time-outs.
BUCKETS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_OUTCOMES: Final = {201: "published", 200: "repeated"}


class Metrics:
    """The counters of one worker."""

    def __init__(self) -> None:
        # One of its own: the library's own registry allows each name once in a process, and tests make many apps.
        self.registry = registry = CollectorRegistry()

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"image_host_{name}", says, labels, registry=registry)

        def histogram(name: str, says: str, label: str) -> Histogram:
            return Histogram(f"image_host_{name}", says, [label], registry=registry, buckets=BUCKETS)

        self._inits = counter("inits_total", "Uploads that were signed.")
        self._completes = counter("completes_total", "Completes by outcome, or by the code of the problem.", "outcome")
        self._relays = counter("relays_total", "Requests that brought pictures themselves, by outcome.", "outcome")
        self._relayed = counter("relayed_pictures_total", "Pictures that came through the API and were published.")
        self._relayed_bytes = counter("relayed_bytes_total", "Bytes of those pictures.")
        self._bytes = counter("published_bytes_total", "Bytes of the pictures that were published.")
        self._deletes = counter("deletes_total", "Pictures that were deleted, or were gone already.")
        self._reports = counter("reports_total", "Failures that browsers reported of their PUTs.", "kind")
        self._refusals = counter("refusals_total", "Problems that were answered, by their code.", "code")
        self._requests = histogram("request_duration_seconds", "Time until the answer of a call of /uploads.", "call")
        self._calls = counter("store_calls_total", "Calls to the store; status none: no answer.", "operation", "status")
        self._latency = histogram("store_call_duration_seconds", "Time until the store's answer begins.", "operation")
        self._waits = counter("store_turns_waited_total", "Calls that had to wait for a turn at the store.", "outcome")
        # Prometheus sees no increase where a series begins with its first event. So these begin now.
        for code in {*_codes(ServiceError), *CODES.values()}:
            self._refusals.labels(code)
        for kind in PutFailure:
            self._reports.labels(kind)
        for outcome in _OUTCOMES.values():
            self._completes.labels(outcome)
        self._relays.labels("published")
        for outcome in ("given", "refused"):
            self._waits.labels(outcome)

    def watch(self, app: Flask, storage: Storage) -> None:
        """Count each answer of `app`, and each call to its store."""
        app.after_request(self._count)
        storage.client.watch(self)

    def _count(self, response: Response) -> Response:
        status = response.status_code
        code = response.get_json()["code"] if status >= 400 and response.is_json else None
        if code:
            self._refusals.labels(code).inc()
        if request.method == "POST" and request.blueprint == "relay":
            self._requests.labels("relay").observe(time.perf_counter() - g.began)
            self._relays.labels(code or "published").inc()
            for size in g.get("relayed", ()):
                self._relayed.inc()
                self._relayed_bytes.inc(size)
                self._bytes.inc(size)
        if request.method == "POST" and request.blueprint == "uploads":
            call = str(request.endpoint).removeprefix("uploads.")
            # app/logs.py says when it began.
            self._requests.labels(call).observe(time.perf_counter() - g.began)
            match call:
                case "init" if not code:
                    self._inits.inc()
                case "complete":
                    self._completes.labels(code or _OUTCOMES[status]).inc()
                    if status == 201:
                        self._bytes.inc(response.get_json()["size"])
                case "delete" if not code:
                    self._deletes.inc()
                case "report" if not code:
                    # One of a few: the view has refused any other.
                    self._reports.labels(request.get_json()["kind"]).inc()
        return response

    def called(self, operation: str, status: str, seconds: float) -> None:
        """Count a call to the store."""
        self._calls.labels(operation, status).inc()
        self._latency.labels(operation).observe(seconds)

    def waited(self, given: bool) -> None:
        """Count a call that had to wait for its turn."""
        self._waits.labels("given" if given else "refused").inc()


def _codes(kind: type[ServiceError]) -> Iterator[str]:
    """Yield the code of an error, and of each that is a kind of it."""
    if code := getattr(kind, "code", None):
        yield code
    for each in kind.__subclasses__():
        yield from _codes(each)
