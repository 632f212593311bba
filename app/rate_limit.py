"""How often one client may ask: in this process's memory, or in Redis for a fleet."""

import math
import time
from ipaddress import IPv6Address, ip_address

from flask import Blueprint, Flask, Response, request
from flask_limiter import Limiter, RequestLimit

from config import Config

#: Seconds that Redis may take; without it each process counts by itself until it is back.
_TIMEOUT = 1


def limit(app: Flask, blueprint: Blueprint, config: Config) -> None:
    """Let each client ask each view of `blueprint` no more often than configured; 429 beyond."""
    if not config.rate_limit:
        return
    in_redis = config.rate_limit_storage_uri.startswith("redis")
    limiter = Limiter(
        _client,
        storage_uri=config.rate_limit_storage_uri,
        storage_options={"socket_connect_timeout": _TIMEOUT, "socket_timeout": _TIMEOUT} if in_redis else {},
        in_memory_fallback_enabled=in_redis,
        on_breach=_retry_after,
        key_prefix="image-host",
    )
    limiter.init_app(app)
    message = f"Too many requests from your address: {config.rate_limit} at most. Wait as long as Retry-After says."
    limiter.limit(config.rate_limit, error_message=message)(blueprint)


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


def _retry_after(breached: RequestLimit) -> Response:
    return Response(headers={"Retry-After": str(max(1, math.ceil(breached.reset_at - time.time())))})
