"""How often one client may ask: in this process's memory, or in Redis for a fleet."""

import math
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import Final

import limits
from flask import Blueprint, Flask, current_app, request
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from config import Config

_NAME: Final = "rate-limit"
#: Seconds that Redis may take to answer. If it takes longer, each process counts by itself until Redis is back.
_TIMEOUT = 1
#: Seconds between two attempts to reach a Redis that is away.
_RETRY_AFTER = 5


def limit(
    app: Flask, config: Config, apart: Sequence[Blueprint], together: Blueprint, stricter: dict[str, str]
) -> None:
    """Answer 429 to a client that asks a view more often than configured.

    Args:
        app: whose clients are counted.
        config: the settings.
        apart: each of whose views is counted for itself.
        together: all of whose views are counted as one.
        stricter: the views, as their endpoints, whose own limit takes the place of the configured one.
    """
    if not config.rate_limit:
        return
    uri = config.rate_limit_storage_uri
    counted = {blueprint.name for blueprint in (*apart, together)}
    counters = {view: _Counter(own, uri, app) for view, own in stricter.items()}
    usual = _Counter(config.rate_limit, uri, app)

    def count() -> None:
        view = together.name if request.blueprint == together.name else str(request.endpoint)
        counter = counters.get(view, usual)
        if wait := counter.hit(_client(), view):
            raise TooManyRequests(
                f"Too many requests from your address: {counter.limit} at most. Wait as long as Retry-After says.",
                retry_after=wait,
            )

    @app.before_request
    def count_request() -> None:
        if request.blueprint in counted:
            count()

    app.extensions[_NAME] = count


def count_again() -> None:
    """Count the current request once more, for what it brings beyond one picture.

    Raises:
        TooManyRequests: that is more than its client may ask.
    """
    if count := current_app.extensions.get(_NAME):
        count()


class _Counter:
    """Counts what each client asks of each view, in fixed windows. Thread-safe."""

    def __init__(self, limit: str, storage_uri: str, app: Flask) -> None:
        self.limit = limit
        self._limits = limits.parse_many(limit)
        self._app = app
        self._memory = _Memory()
        self._redis = _Redis(storage_uri) if storage_uri.startswith("redis") else None
        self._redis_is_away = False
        self._next_attempt = 0.0

    def hit(self, client: str, view: str) -> int:
        """Count one request; return the seconds that the client must wait, 0 if it needn't."""
        if self._redis and self._may_ask_redis():
            try:
                wait = self._hit(self._redis, client, view)
            except StorageError as error:
                self._redis_is_away = True
                self._next_attempt = time.monotonic() + _RETRY_AFTER
                self._app.logger.warning("Redis is away: each process counts by itself (%r)", error.__cause__)
            else:
                self._redis_is_away = False
                return wait
        return self._hit(self._memory, client, view)

    def _may_ask_redis(self) -> bool:
        """Say whether this request asks Redis; while it is away, one request each _RETRY_AFTER does."""
        if not self._redis_is_away:
            return True
        now = time.monotonic()
        if now <= self._next_attempt:
            return False
        # Other requests go on without Redis while this one tries.
        self._next_attempt = now + _RETRY_AFTER
        return True

    def _hit(self, counter: "_Memory | _Redis", client: str, view: str) -> int:
        # Count the request in every window, even if the first one is full already.
        ends = [end for limit in self._limits if (end := counter.hit(limit, client, view))]
        return max(1, math.ceil(max(ends) - time.time())) if ends else 0


class _Memory:
    """Windows of this process; each begins with a client's first request.

    The memory storage of limits goes through all clients again and again: with 100,000 of them, that takes 2.7 ms of
    each request.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: defaultdict[RateLimitItem, OrderedDict[tuple[str, str], _Window]] = defaultdict(OrderedDict)

    def hit(self, limit: RateLimitItem, client: str, view: str) -> float:
        """Count one request; if its window holds too many, return when the window ends (epoch seconds), else 0."""
        now = time.time()
        with self._lock:
            windows = self._windows[limit]
            # All windows of a limit are equally long, so the first to begin is the first to end.
            while windows and next(iter(windows.values())).end <= now:
                windows.popitem(last=False)
            window = windows.setdefault((client, view), _Window(now + limit.get_expiry()))
            window.requests += 1
            return window.end if window.requests > limit.amount else 0


@dataclass(slots=True)
class _Window:
    end: float
    requests: int = 0


class _Redis:
    """Windows that all processes and machines share."""

    def __init__(self, storage_uri: str) -> None:
        self._limiter = FixedWindowRateLimiter(
            RedisStorage(
                storage_uri,
                key_prefix="image-host",
                wrap_exceptions=True,
                socket_connect_timeout=_TIMEOUT,
                socket_timeout=_TIMEOUT,
            )
        )

    def hit(self, limit: RateLimitItem, client: str, view: str) -> float:
        """Count one request, as `_Memory.hit` does.

        Raises:
            StorageError: Redis does not answer.
        """
        if self._limiter.hit(limit, client, view):
            return 0
        return self._limiter.get_window_stats(limit, client, view).reset_time


def _client() -> str:
    """Return what tells one client from another: its IPv4 address, or its IPv6 network, as a client has a whole /64.

    A port, a zone (`%eth0`) and IPv4 mapped into IPv6 make no difference. Everything that is no address counts as one
    client: otherwise whoever writes the header could be a new client each time.
    """
    address = (request.remote_addr or "").strip()
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or f"{parsed.exploded[:19]}::/64")
