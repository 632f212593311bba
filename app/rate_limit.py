"""How often one client may ask: in this process's memory, or in Redis for a fleet."""

import math
import time
from ipaddress import IPv6Address, ip_address

import limits
from flask import Blueprint, Flask, request
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
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
        self._alone = FixedWindowRateLimiter(MemoryStorage())
        self._together = None
        if storage_uri.startswith("redis"):
            self._together = FixedWindowRateLimiter(
                RedisStorage(
                    storage_uri,
                    key_prefix="image-host",
                    wrap_exceptions=True,
                    socket_connect_timeout=_TIMEOUT,
                    socket_timeout=_TIMEOUT,
                )
            )
        self._away_until: float | None = None

    def hit(self, client: str, view: str) -> int:
        """Count one request; return the seconds to wait, 0 for none."""
        if self._together and (self._away_until is None or time.monotonic() > self._away_until):
            if self._away_until:
                # While this request looks, the others go on without.
                self._away_until = time.monotonic() + _PAUSE
            try:
                wait = self._hit(self._together, client, view)
            except StorageError as error:
                self._away_until = time.monotonic() + _PAUSE
                self._app.logger.warning("Redis is away, each process counts by itself (%r)", error.__cause__)
            else:
                self._away_until = None
                return wait
        return self._hit(self._alone, client, view)

    def _hit(self, counter: FixedWindowRateLimiter, client: str, view: str) -> int:
        # All are counted, also behind one that is over.
        over = [limit for limit in self._limits if not counter.hit(limit, client, view)]
        if not over:
            return 0
        ends = max(counter.get_window_stats(limit, client, view).reset_time for limit in over)
        return max(1, math.ceil(ends - time.time()))


def _client() -> str:
    """Return the client's address; of IPv6 the network, for one client has all of a /64 to itself."""
    address = request.remote_addr or "unknown"
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return f"{parsed.exploded[:19]}::/64"
    return address
