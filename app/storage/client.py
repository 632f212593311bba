"""The connection to the store: time-outs, one retry, distrust of odd answers, and its errors in our terms."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
import botocore.session
from botocore import exceptions as boto
from botocore.config import Config as ClientConfig
from botocore.loaders import create_loader
from botocore.parsers import ResponseParserError

from app.storage.calls import RETRY_DELAY, USER_AGENT, Calls, Watcher, check_answer, is_quick
from app.storage.diagnosis import check_clock, diagnose
from app.storage.presigner import Credentials, Presigner
from app.storage.turns import CALLS, Turns
from config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef, ObjectTypeDef

#: Seconds to connect, and seconds between two pieces of an answer.
CONNECT_TIMEOUT: Final = 1
READ_TIMEOUT: Final = 3
#: What it has read of S3's model serves all clients; where gunicorn's master sets the bucket up, its workers too.
_LOADER: Final = create_loader()
#: How a store says that a condition doesn't hold. AWS answers the second one while another call writes the same key.
GONE_OR_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})


class Client:
    """One bucket's connection. `s3` is boto3's own client. Thread-safe."""

    def __init__(self, config: Config) -> None:
        access_key, secret_key = config.credentials or (None, None)
        model = botocore.session.get_session()
        model.register_component("data_loader", _LOADER)
        session = boto3.session.Session(access_key, secret_key, botocore_session=model)
        self.bucket = config.s3_bucket
        self._credentials = session.get_credentials()
        self.s3 = _connect(session, config, config.s3_endpoint_url)
        # For the host by which browsers reach the store; sends nothing.
        public = config.s3_public_endpoint_url
        self._signer = _connect(session, config, public) if public else self.s3
        self._calls = Calls(self.s3, lambda: self._own_presigner, self._frozen_credentials)
        self._turns = Turns()

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` of every call from now on."""

        def tell(context: dict[str, Any], event_name: str, http_response: Any = None, **_: Any) -> None:
            status = str(http_response.status_code) if http_response is not None else "none"
            watcher.called(event_name.rpartition(".")[2], status, time.monotonic() - context["started"])

        # First, because `_check` refuses some answers.
        self.s3.meta.events.register_first("after-call.s3", tell)
        self.s3.meta.events.register_first("after-call-error.s3", tell)
        self._calls.watch(watcher)
        self._turns.watch(watcher.waited)

    @property
    def browser_endpoint(self) -> str:
        """The address by which browsers reach the store, without the bucket."""
        return self._signer.meta.endpoint_url

    def presign_put(self, name: str, headers: dict[str, str], ttl: int) -> str:
        """Return the URL of a PUT with exactly these headers, good for `ttl` seconds; asks the store nothing.

        Raises:
            StoreUnavailable: there are no credentials, or they can't be renewed.
        """
        with store_errors():
            return self._presigner.presign("PUT", name, headers, self._frozen_credentials(), ttl, datetime.now(UTC))

    def presign_get(self, name: str, ttl: int) -> str:
        """Return a URL by which whoever reaches the store as we do can read an object for `ttl` seconds.

        Raises:
            StoreUnavailable: there are no credentials, or they can't be renewed.
        """
        with store_errors():
            return self.s3.generate_presigned_url(
                "get_object", Params={"Bucket": self.bucket, "Key": name}, ExpiresIn=ttl
            )

    @cached_property
    def _presigner(self) -> Presigner:
        return self._presigner_of(self._signer)

    @cached_property
    def _own_presigner(self) -> Presigner:
        return self._presigner_of(self.s3)

    def _presigner_of(self, s3: "S3Client") -> Presigner:
        # boto3 decides how the bucket is addressed. It tells only in the URL of an object, and only with credentials.
        url = s3.generate_presigned_url("put_object", Params={"Bucket": self.bucket, "Key": "key"})
        return Presigner(url.partition("?")[0].removesuffix("key"), s3.meta.region_name)

    def _frozen_credentials(self) -> Credentials:
        """Return the credentials of now, which are not kept: this renews those of a role."""
        if self._credentials is None:
            raise boto.NoCredentialsError
        return self._credentials.get_frozen_credentials()  # type: ignore[return-value]

    @contextmanager
    def turn(self) -> Iterator["S3Client"]:
        """Give the block a turn at the store, and translate its errors.

        Raises:
            StoreUnavailable: no turn came free, or the store failed.
        """
        with self._turns.take(), store_errors():
            yield self.s3

    def call(self, operation: str, name: str, body: bytes = b"", **fields: Any) -> Any:
        """Make one call for an object, with boto3's names for it, its arguments and its answer, but quicker."""
        return self._calls.call(operation, name, body, **fields)

    def head(self, name: str) -> "HeadObjectOutputTypeDef | None":
        """Return what the store says of an object; None if there is no such object."""
        try:
            return cast("HeadObjectOutputTypeDef", self.call("HeadObject", name))
        except boto.ClientError as error:
            if error_code(error) == "404":
                return None
            raise

    def check(self, url_ttl: int) -> None:
        """Ask whether the bucket is there, lets us in, and finds the time that we sign; `url_ttl` is in seconds."""
        try:
            answer = self.s3.head_bucket(Bucket=self.bucket)
        except boto.ClientError:
            # The answer to a HEAD has no body, and so no code: ask again by a call that gives one.
            self.s3.list_objects_v2(Bucket=self.bucket, MaxKeys=1)
            raise
        check_clock(answer["ResponseMetadata"]["HTTPHeaders"], timedelta(seconds=url_ttl))

    def list(self, prefix: str) -> "Iterator[ObjectTypeDef]":
        """Yield the objects under a prefix, ordered by name; at most one page of the listing is in memory.

        Commands run one at a time, so this waits for no turn.

        Raises:
            StoreUnavailable: the store failed; what was yielded before is right.
        """
        with store_errors():
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                yield from page.get("Contents", [])

    def remove(self, name: str) -> None:
        """Delete an object; it may be gone already."""
        self.call("DeleteObject", name)


def error_code(error: boto.ClientError) -> str:
    """Return the store's code for an error, such as NoSuchKey."""
    return str(error.response["Error"]["Code"])


def unquoted(etag: str) -> str:
    """Strip an ETag's quotes: SeaweedFS leaves them out of a copy's, and Ceph 16 can't compare them in a PUT."""
    return etag.strip('"')


@contextmanager
def store_errors() -> Iterator[None]:
    """Translate the failures of the store, and of the way to it; let our own mistakes through as they are.

    Raises:
        StoreUnavailable: the store can't be reached, refuses us, or answers nonsense.
    """
    try:
        yield
    except (
        boto.ClientError,
        boto.ConnectionError,
        boto.HTTPClientError,
        boto.IncompleteReadError,
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
        ResponseParserError,
        RuntimeError,
    ) as error:
        # botocore raises a bare RuntimeError when renewed credentials have expired too: our clock may be hours ahead.
        if isinstance(error, RuntimeError) and "credentials are still expired" not in str(error):
            raise
        raise diagnose(error) from error


def _connect(session: boto3.session.Session, config: Config, endpoint_url: str | None) -> "S3Client":
    client = session.client(
        "s3",
        endpoint_url=endpoint_url,
        config=ClientConfig(
            region_name=config.aws_region,
            # By default botocore presigns with SigV2 on the global host, which doesn't sign the length.
            signature_version="s3v4",
            s3={
                "addressing_style": "path" if endpoint_url else "virtual",
                "us_east_1_regional_endpoint": "regional",
            },
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            # botocore also retries after a time-out, and so outlasts our own client's patience. `_retry` doesn't.
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=CALLS + config.relay_concurrency,
            tcp_keepalive=True,
            # botocore would build its own for each request. Stores log this one.
            user_agent=USER_AGENT,
            # mypy checks them.
            parameter_validation=False,
        ),
    )
    client.meta.events.register("before-call.s3", _note_start)
    client.meta.events.register("needs-retry.s3", _retry)  # type: ignore[arg-type]
    client.meta.events.register("after-call.s3", _check)
    return client


def _note_start(params: dict[str, Any], **_: Any) -> None:
    params["context"]["started"] = time.monotonic()
    # botocore would follow a bucket to its region, and browsers could not: a wrong region must show here too.
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


def _retry(attempts: int, response: Any, caught_exception: Any, request_dict: dict[str, Any], **_: Any) -> float | None:
    """Retry once after a quick failure, such as a closed connection or a 500; leave a slow store to our client."""
    failed = isinstance(caught_exception, (boto.ConnectionError, boto.HTTPClientError)) or (
        response is not None and response[0].status_code >= 500
    )
    return RETRY_DELAY if attempts == 1 and failed and is_quick(request_dict["context"]["started"]) else None


def _check(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    if http_response.status_code < 300:
        check_answer(model.name, http_response.status_code, parsed)
