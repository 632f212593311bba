"""How often one client may ask: in this process's memory, or in Redis for a fleet."""

import math
import threading
import time
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address

import limits
from flask import Blueprint, Flask, request
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from config import Config

#: Seconds that Redis may take; without it each process counts by itself until it is back.
_TIMEOUT = 1
#: Seconds from one look for a Redis that is away to the next.
_PAUSE = 5


def limit(app: Flask, blueprint: Blueprint, config: Config) -> None:
    """Let each client ask each view of `blueprint` no more often than configured; 429 beyond."""
    if not config.rate_limit:
        return
    counter = _Counter(config.rate_limit, config.rate_limit_storage_uri, app)
    message = f"Too many requests from your address: {config.rate_limit} at most. Wait as long as Retry-After says."

    @app.before_request
    def count() -> None:
        if request.blueprint == blueprint.name and (wait := counter.hit(_client(), str(request.endpoint))):
            raise TooManyRequests(message, retry_after=wait)


class _Counter:
    """Counts what each client asks of each view, in fixed windows. Thread-safe."""

    def __init__(self, limit: str, storage_uri: str, app: Flask) -> None:
        self._limits = limits.parse_many(limit)
        self._app = app
        self._memory = _Memory()
        self._redis = _Redis(storage_uri) if storage_uri.startswith("redis") else None
        self._away_until: float | None = None

    def hit(self, client: str, view: str) -> int:
        """Count one request; return the seconds to wait, 0 for none."""
        if self._redis and (self._away_until is None or time.monotonic() > self._away_until):
            if self._away_until:
                # While this request looks, the others go on without.
                self._away_until = time.monotonic() + _PAUSE
            try:
                wait = self._hit(self._redis, client, view)
            except StorageError as error:
                self._away_until = time.monotonic() + _PAUSE
                self._app.logger.warning("Redis is away: each process counts by itself (%r)", error.__cause__)
            else:
                self._away_until = None
                return wait
        return self._hit(self._memory, client, view)

    def _hit(self, counter: "_Memory | _Redis", client: str, view: str) -> int:
        # All are counted, also behind one that is over.
        ends = [end for limit in self._limits if (end := counter.hit(limit, client, view))]
        return max(1, math.ceil(max(ends) - time.time())) if ends else 0


class _Memory:
    """Windows of this process, each from a client's first request on.

    limits' own looks at every client again and again: with 100,000 of them that takes 2.7 ms of each request.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: defaultdict[RateLimitItem, OrderedDict[tuple[str, str], _Window]] = defaultdict(OrderedDict)

    def hit(self, limit: RateLimitItem, client: str, view: str) -> float:
        """Count one request; return when its window ends if there were too many in it, else 0."""
        now = time.time()
        with self._lock:
            windows = self._windows[limit]
            # All are as long as each other, so that the first to begin is the first to end.
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
    """Windows that all processes share."""

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
        """Do as `_Memory.hit` does.

        Raises:
            StorageError: Redis does not answer.
        """
        if self._limiter.hit(limit, client, view):
            return 0
        return self._limiter.get_window_stats(limit, client, view).reset_time


def _client() -> str:
    """Return the name of the client: its address; of IPv6 the network, for one client has all of a /64 to itself.

    An address is the same client with a port, with the link that it came by (`%eth0`) and within IPv6. What is no
    address is one client together, or whoever may write it could be a new one each time.
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
