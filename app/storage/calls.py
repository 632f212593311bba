"""The calls of the store that people wait for, signed by `Presigner` and sent over boto3's own connections.

For each call boto3 resolves an endpoint, reads S3's model, runs a dozen event handlers, and parses each field of the
answer: several times what the store itself costs. These five operations need none of that. boto3 still decides where
requests go, by which proxy, certificate and time-outs, whose they are, and what an error means
(docs/adr/0023-store-calls.md).
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from xml.etree import ElementTree

from botocore import exceptions as boto
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.hooks import first_non_none_response
from botocore.httpsession import mask_proxy_url
from botocore.parsers import ResponseParserError, create_parser
from botocore.response import StreamingBody
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Retry
from urllib3 import exceptions as http

from app.storage.presigner import Credentials, Presigner
from config import VERSION

try:
    from opentelemetry import trace
except ImportError:  # Only requirements-otel.txt brings it.
    _TRACER = None
else:
    _TRACER = trace.get_tracer("image-host")

if TYPE_CHECKING:
    from botocore.awsrequest import HeadersDict
    from botocore.compat import HTTPHeaders
    from mypy_boto3_s3 import S3Client

#: A call that fails within this many seconds is made once more, RETRY_DELAY seconds later.
RETRY_WINDOW: Final = 1
RETRY_DELAY: Final = 0.05
#: Stores log it.
USER_AGENT: Final = f"image-host/{VERSION}"

#: boto3's names of operations and of their arguments, and what they are in HTTP:
#: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
_METHODS: Final = {
    "CopyObject": "PUT",
    "DeleteObject": "DELETE",
    "GetObject": "GET",
    "HeadObject": "HEAD",
    "PutObject": "PUT",
}
_HEADERS: Final = {
    "CacheControl": "Cache-Control",
    "ContentDisposition": "Content-Disposition",
    "ContentType": "Content-Type",
    "CopySource": "x-amz-copy-source",
    "CopySourceIfMatch": "x-amz-copy-source-if-match",
    "Expires": "Expires",
    "IfMatch": "If-Match",
    "IfNoneMatch": "If-None-Match",
    "MetadataDirective": "x-amz-metadata-directive",
    "Range": "Range",
    "TaggingDirective": "x-amz-tagging-directive",
}
_METADATA: Final = "x-amz-meta-"
#: What boto3 raises in place of urllib3's errors, of which the first that fits counts.
_FAILURES: Final[dict[type[http.HTTPError], type[boto.BotoCoreError]]] = {
    http.SSLError: boto.SSLError,
    http.NewConnectionError: boto.EndpointConnectionError,
    http.ProxyError: boto.ProxyConnectionError,
    http.ConnectTimeoutError: boto.ConnectTimeoutError,
    http.ReadTimeoutError: boto.ReadTimeoutError,
    http.ProtocolError: boto.ConnectionClosedError,
    http.HTTPError: boto.HTTPClientError,
}
#: urllib3 repeats nothing; we do.
_ONCE: Final = Retry(False)
_ERRORS: Final = create_parser("rest-xml")


class Watcher(Protocol):
    """Is told of the calls to the store; app/metrics.py counts them."""

    def called(self, operation: str, status: str, seconds: float) -> None:
        """Hear of a call that has ended, and of its last status; `none` if no answer came."""

    def waited(self, given: bool) -> None:
        """Hear of a call that had to wait for its turn, and whether it got one."""


class Answer(AWSResponse):
    """An answer that keeps urllib3's headers: to put them into botocore's takes longer than to read them."""

    def __init__(self, raw: BaseHTTPResponse) -> None:
        self.status_code = raw.status
        self.headers = cast("HeadersDict", raw.headers)
        self.raw = raw
        self._content = None


class Calls:
    """The calls of one bucket. Thread-safe."""

    def __init__(
        self, s3: "S3Client", presigner: Callable[[], Presigner], credentials: Callable[[], Credentials]
    ) -> None:
        self._presigner = presigner
        self._credentials = credentials
        self._events = s3.meta.events
        self._session = s3._endpoint.http_session  # type: ignore[attr-defined]
        self._watcher: Watcher | None = None

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` of every call from now on."""
        self._watcher = watcher

    def call(self, operation: str, name: str, body: bytes = b"", **fields: Any) -> dict[str, Any]:
        """Make one call for the object `name`, with boto3's names; return of its answer what is used here.

        A GET asks for a range, and gets the bytes as `Body`. A copy tells the `ETag` of what it made.

        Raises:
            botocore's errors, as boto3's own call would.
        """
        started, status = time.monotonic(), "none"
        with _span(operation) as span:
            try:
                answer = self._ask(operation, name, body, _headers(fields), started)
                status = str(answer.status_code)
                if span:
                    span.set_attribute("http.status_code", answer.status_code)
            finally:
                if self._watcher:
                    self._watcher.called(operation, status, time.monotonic() - started)
            if answer.status_code >= 300:
                raise boto.ClientError(_parse_error(answer), operation)
            return _read(operation, answer)

    def _ask(self, operation: str, name: str, body: bytes, headers: dict[str, str], started: float) -> AWSResponse:
        """Ask once more after a quick failure, such as a closed connection; leave a slow store to our client."""
        try:
            answer = self._send(operation, name, body, headers)
        except (boto.ConnectionError, boto.HTTPClientError):
            if not is_quick(started):
                raise
        else:
            if answer.status_code < 500 or not is_quick(started):
                return answer
        time.sleep(RETRY_DELAY)
        return self._send(operation, name, body, headers)

    def _send(self, operation: str, name: str, body: bytes, headers: dict[str, str]) -> AWSResponse:
        method, streams = _METHODS[operation], operation == "GetObject"
        # Asked for each request: this renews the credentials of a role.
        url, headers = self._presigner().sign(method, name, headers, body, self._credentials(), datetime.now(UTC))
        headers["User-Agent"] = USER_AGENT
        request = AWSPreparedRequest(method, url, cast("HTTPHeaders", headers), body or None, streams)
        # As botocore does: whoever stands in for a store answers here.
        given = first_non_none_response(self._events.emit(f"before-send.s3.{operation}", request=request))
        answer: AWSResponse = given or self._exchange(method, url, headers, body, streams)
        if operation == "CopyObject" and answer.status_code == 200:
            _unwrap_copy(answer)
        return answer

    def _exchange(self, method: str, url: str, headers: dict[str, str], body: bytes, streams: bool) -> AWSResponse:
        """Send a request; read all of the answer, or let the caller do that if it `streams`."""
        pool, unsent, proxy = self._way
        try:
            raw = pool.urlopen(
                method,
                url.removeprefix(unsent),
                body or None,
                headers,
                _ONCE,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
            answer = Answer(raw)
            if not streams:
                answer.content  # noqa: B018 - reading it frees the connection
        except http.HTTPError as error:
            failure = next(ours for theirs, ours in _FAILURES.items() if isinstance(error, theirs))
            raise failure(endpoint_url=url, proxy_url=proxy, error=error) from error
        return answer

    @cached_property
    def _way(self) -> tuple[HTTPConnectionPool, str, str]:
        """Return boto3's connections to the store, the part of a URL that they don't send, and the proxy between."""
        session, origin = self._session, self._presigner().origin
        proxy = session._proxy_config.proxy_url_for(origin)
        pool = session._get_connection_manager(origin, proxy).connection_from_url(origin)
        session._setup_ssl_cert(pool, origin, session._verify)
        # A proxy that forwards must be told the whole URL.
        forwards = session._get_request_target(f"{origin}/", proxy) != "/"
        return pool, "" if forwards else origin, mask_proxy_url(proxy) if proxy else ""


def _span(operation: str) -> AbstractContextManager[Any]:
    """Name the call in a trace, as OpenTelemetry's instrumentation of botocore names boto3's."""
    if _TRACER is None:
        return nullcontext()
    attributes = {"rpc.system": "aws-api", "rpc.service": "S3", "rpc.method": operation}
    return _TRACER.start_as_current_span(f"S3.{operation}", kind=trace.SpanKind.CLIENT, attributes=attributes)


def _headers(fields: dict[str, Any]) -> dict[str, str]:
    headers = {f"{_METADATA}{name}": value for name, value in fields.pop("Metadata", {}).items()}
    for name, value in fields.items():
        headers[_HEADERS[name]] = format_datetime(value, usegmt=True) if isinstance(value, datetime) else value
    return headers


def _unwrap_copy(answer: AWSResponse) -> None:
    """Put the ETag in a copy's body where other answers have theirs.

    A copy may fail after the store has begun to answer 200, or its answer may break off: both count as a 500.
    """
    try:
        body = ElementTree.fromstring(answer.content)  # noqa: S314 - the store is ours, and botocore does the same
    except ElementTree.ParseError:
        answer.status_code = 500
        return
    if body.tag == "Error":
        answer.status_code = 500
    answer.headers["ETag"] = body.findtext("{*}ETag") or ""


def _parse_error(answer: AWSResponse) -> Any:
    found = {"status_code": answer.status_code, "headers": answer.headers, "body": answer.content}
    return _ERRORS.parse(found, None)  # type: ignore[arg-type] # S3 gives its errors no shape


def _read(operation: str, answer: AWSResponse) -> dict[str, Any]:
    headers = answer.headers
    try:
        fields: dict[str, Any] = {
            field: headers[name]
            for field, name in (
                ("ETag", "ETag"),
                ("ContentRange", "Content-Range"),
                ("ContentType", "Content-Type"),
                ("ContentDisposition", "Content-Disposition"),
            )
            if name in headers
        }
        for field, name in (("LastModified", "Last-Modified"), ("Expires", "Expires")):
            if name in headers:
                fields[field] = parsedate_to_datetime(headers[name])
        length = int(headers["Content-Length"]) if "Content-Length" in headers else None
        fields["ContentLength"] = length
        check_answer(operation, answer.status_code, fields)
        if operation == "GetObject":
            fields["Body"] = StreamingBody(answer.raw, length).read()  # type: ignore[arg-type]
    except ValueError as error:
        raise ResponseParserError(f"{operation} was answered {answer.status_code} with odd headers: {error}") from error
    fields["Metadata"] = {
        name.lower().removeprefix(_METADATA): value
        for name, value in headers.items()
        if name.lower().startswith(_METADATA)
    }
    return fields


def is_quick(started: float) -> bool:
    """Say whether a call that began at `started`, of the monotonic clock, may be made once more when it fails."""
    return time.monotonic() - started < RETRY_WINDOW


def check_answer(operation: str, status: int, fields: dict[str, Any]) -> None:
    """Refuse a success that lacks what S3 always says with it: something else may have answered in its place.

    Raises:
        ResponseParserError: the answer is not as S3 would give it.
    """
    match operation:
        case "GetObject":
            sound = "ContentRange" in fields  # We only ever ask for a range.
        case "CopyObject" | "PutObject":
            sound = bool(fields.get("ETag"))
        case "ListObjectsV2":
            sound = "IsTruncated" in fields
        case "DeleteObject":
            sound = status == 204
        case _:
            sound = True
    if not sound:
        raise ResponseParserError(f"{operation} was answered {status}, and not as by an S3")
