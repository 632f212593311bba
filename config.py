"""Configuration: every setting, declared once. Nothing else reads the environment."""

import hashlib
import os
import resource
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values
from environs import Env, EnvValidationError
from marshmallow.validate import OneOf, Range

import forms

VERSION = "0.1.0"
ROOT = Path(__file__).parent
#: Files that a server must be allowed to open: each connection is one, and the embedded store has many.
OPEN_FILES = 1024


class ConfigError(Exception):
    """Names all variables that are wrong, and the form that each should have; `problems` has them apart."""

    def __init__(self, message: str, problems: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or {}


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings; docs/configuration.md explains each under its name in capitals."""

    s3_bucket: str
    aws_region: str
    s3_endpoint_url: str | None
    s3_public_endpoint_url: str | None
    public_base_url: str | None
    cloudfront_distribution_id: list[str]
    site_url: str | None
    allowed_hosts: list[str]
    secret_key: str = field(repr=False)
    max_upload_bytes: int
    max_pixels: int
    reject_location: bool
    relay_uploads: bool
    relay_concurrency: int
    report_url: str | None
    verify_url: str | None
    verify_secret: str | None = field(repr=False)
    verify_timeout: int
    verify_fails: str
    upload_url_ttl: int
    cors_origins: list[str]
    upload_tokens: list[bytes] = field(repr=False)
    rate_limit: str | None
    rate_limit_storage_uri: str = field(repr=False)
    trusted_proxies: int
    tls: str
    host: str
    port: int
    s3_port: int
    web_concurrency: int
    metrics_port: int | None
    metrics_host: str
    instance_path: Path
    log_format: str
    git_commit: str

    #: True if no store is configured: then we start one ourselves. `seaweedfs` fills in how to reach it, what it asks
    #: of those who read pictures, and the origins of other servers whose pages upload to it.
    embedded: bool = False
    #: True if Caddy listens in our place, and forwards to `api_socket` what is for the API.
    edge: bool = False
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    store_referer: str | None = field(default=None, repr=False)
    neighbours: frozenset[str] = frozenset()

    @classmethod
    def from_env(cls, host: str | None = None, port: int | None = None) -> Self:
        """Read every setting from the environment, and from `.env` beside this file; the environment wins.

        Args:
            host: the address that `flask run` listens on; None for any other way to start.
            port: its port.

        Raises:
            ConfigError: names every variable that is wrong.
        """
        env = Env(eager=False)
        env.read_env(ROOT / ".env", recurse=False)
        is_flask_run = port is not None
        embedded = not (env.str("S3_BUCKET", "") or env.str("S3_ENDPOINT_URL", ""))
        values: dict[str, Any] = {
            "s3_bucket": env.str("S3_BUCKET", "images", validate=forms.BUCKET),
            "aws_region": env.str("AWS_REGION", "us-east-1"),
            "s3_endpoint_url": env.str("S3_ENDPOINT_URL", None, validate=forms.origin),
            "s3_public_endpoint_url": env.str("S3_PUBLIC_ENDPOINT_URL", None, validate=forms.origin),
            "public_base_url": env.str("PUBLIC_BASE_URL", None, validate=forms.url),
            "cloudfront_distribution_id": env.list(
                "CLOUDFRONT_DISTRIBUTION_ID", [], subcast=str.strip, validate=forms.each(forms.DISTRIBUTION)
            ),
            "site_url": env.str("SITE_URL", None, validate=forms.url),
            "allowed_hosts": env.list("ALLOWED_HOSTS", [], subcast=forms.lower, validate=forms.each(forms.HOST)),
            "secret_key": env.str("SECRET_KEY", "", validate=forms.secret),
            "max_upload_bytes": env.int("MAX_UPLOAD_BYTES", 25 * 1024**2, validate=Range(1, 5 * 1024**3)),
            "max_pixels": env.int("MAX_PIXELS", 100_000_000, validate=Range(min=1)),
            "reject_location": env.bool("REJECT_LOCATION", False),
            "relay_uploads": env.bool("RELAY_UPLOADS", True),
            "relay_concurrency": env.int("RELAY_CONCURRENCY", 4, validate=Range(1, 64)),
            "report_url": env.str("REPORT_URL", None, validate=forms.report_url),
            "verify_url": env.str("VERIFY_URL", None, validate=forms.url),
            "verify_secret": env.str("VERIFY_SECRET", None, validate=forms.shared_secret),
            "verify_timeout": env.int("VERIFY_TIMEOUT", 5, validate=Range(1, 20)),
            "verify_fails": env.str("VERIFY_FAILS", "closed", validate=OneOf(["closed", "open"])),
            "upload_url_ttl": env.int("UPLOAD_URL_TTL", 300, validate=Range(1, 600)),
            "cors_origins": env.list("CORS_ORIGINS", [], subcast=str.strip, validate=forms.each(forms.origin)),
            "upload_tokens": env.list(
                "UPLOAD_TOKENS", [], subcast=str.strip, validate=[forms.SOME, forms.each(forms.ACCESS_TOKEN)]
            ),
            "rate_limit": env.str("RATE_LIMIT", "600 per minute", validate=forms.rate_limit),
            "rate_limit_storage_uri": env.str("RATE_LIMIT_STORAGE_URI", "memory://", validate=forms.LIMITS_STORAGE),
            "trusted_proxies": env.int("TRUSTED_PROXIES", 0, validate=Range(0, 10)),
            "tls": env.str("TLS", "auto", validate=OneOf(["auto", "internal", "off"])),
            "host": host or env.str("HOST", None, validate=forms.LISTENING),
            "port": port or env.int("PORT", None, validate=Range(1, 65535)),
            "s3_port": env.int("S3_PORT", 8333, validate=Range(1024, 55_000)),
            "web_concurrency": env.int("WEB_CONCURRENCY", 2, validate=Range(1, 64)),
            "metrics_port": env.int("METRICS_PORT", None, validate=Range(1, 65535)),
            "metrics_host": env.str("METRICS_HOST", "127.0.0.1", validate=forms.LISTENING),
            "instance_path": env.path("INSTANCE_PATH", ROOT / "instance"),
            "log_format": env.str("LOG_FORMAT", "text", validate=OneOf(["text", "json"])),
            "git_commit": env.str("GIT_COMMIT", "unknown"),
        }
        required = [] if embedded else ["S3_BUCKET", "SECRET_KEY"]
        if not (embedded or values["s3_endpoint_url"]):
            required.append("AWS_REGION")
        problems = {name: ["Required as soon as S3 is configured."] for name in required if not env.str(name, "")}
        try:
            env.seal()
        except EnvValidationError as error:
            problems = {**cast(dict[str, Any], error.error_messages), **problems}
        _report(problems)
        for name in ("s3_endpoint_url", "s3_public_endpoint_url", "public_base_url", "site_url"):
            values[name] = (values[name] or "").rstrip("/") or None
        edge = embedded and not is_flask_run
        _report(_contradictions(values, embedded=embedded, edge=edge))
        _choose_address(values, embedded=embedded, edge=edge)
        if values["metrics_port"] == values["port"]:
            _report({"METRICS_PORT": ["The page and the API have this port. Choose another."]})
        values["rate_limit"] = values["rate_limit"] if values["rate_limit"] != "off" else None
        values["upload_tokens"] = [hash_token(token) for token in values["upload_tokens"]]
        return cls(**values, embedded=embedded, edge=edge)

    @property
    def address(self) -> str:
        """The server's address on this machine."""
        return _address(self.host, self.port)

    @property
    def own_host(self) -> str:
        """The host by which this machine itself reaches the server."""
        # The two that mean "every address of this machine" are no address to call.
        return "localhost" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104

    @property
    def serves_https(self) -> bool:
        """Whether the edge has the certificate of SITE_URL, and no proxy in front of it."""
        return self.edge and self.tls != "off" and str(self.site_url).startswith("https:")

    @property
    def page_origins(self) -> list[str]:
        """The origins whose pages may call the API and PUT to the store."""
        origins = {*self.cors_origins, *self.neighbours}
        if self.site_url:
            parts = urlsplit(self.site_url)
            origins.add(f"{parts.scheme}://{parts.netloc}")
        if self.embedded:
            origins |= {f"http://{host}:{self.port}" for host in _LOOPBACK}
        return sorted(origins)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that a request may name, in lower case and without a port."""
        site = urlsplit(self.site_url).hostname if self.site_url else None
        named = {*_LOOPBACK, *self.allowed_hosts, *(_bracketed(name.lower()) for name in (site, self.host) if name)}
        # The two that mean "every address of this machine" are no name to call it by.
        return frozenset(named - {"0.0.0.0", "[::]"})  # noqa: S104

    @property
    def spool_path(self) -> Path | None:
        """Where pictures lie while the relay takes them in; None for the system's folder of temporary files.

        The embedded store has a disk for them. In its container, the system's folder is in memory.
        """
        return self.instance_path / "spool" if self.embedded else None

    @property
    def listens(self) -> list[tuple[str, int]]:
        """Every address and port that visitors reach this server at."""
        redirects = self.edge and self.port == 443
        return [(self.host, self.port), *([(self.host, 80)] if redirects else [])]

    @property
    def edge_links(self) -> list[str]:
        """What links begin with that the edge serves, whatever PUBLIC_BASE_URL is now."""
        return [f"{self.site_url}/i", f"http://127.0.0.1:{self.s3_port}/{self.s3_bucket}/uploads"] if self.edge else []

    @property
    def api_socket(self) -> Path:
        """Where the API listens for the edge."""
        return self.instance_path / "edge" / f"{self.port}.sock"


def sources() -> dict[str, str]:
    """Return where each variable that is set has its value from: `environment`, or `.env` beside this file."""
    filed = dotenv_values(ROOT / ".env")
    return {name: ".env" if filed.get(name) == value else "environment" for name, value in os.environ.items()}


def _report(problems: dict[str, list[str]]) -> None:
    if problems:
        raise ConfigError(
            "Wrong settings:\n"
            + "\n".join(f"  {name}: {' '.join(messages)}" for name, messages in sorted(problems.items()))
            + "\nSee docs/configuration.md.",
            problems,
        )


def _contradictions(values: dict[str, Any], *, embedded: bool, edge: bool) -> dict[str, list[str]]:
    """Return what is wrong with settings that are right one by one."""
    found: dict[str, str] = {}
    site = urlsplit(values["site_url"] or "")
    if values["tls"] == "internal" and not edge:
        found["TLS"] = "Only `make run` without S3 settings serves HTTPS. Leave it out."
    elif values["tls"] == "internal" and site.scheme != "https":
        found["TLS"] = "Needs a SITE_URL that begins with https://."
    if values["verify_url"] and not values["verify_secret"]:
        found["VERIFY_SECRET"] = "Required with VERIFY_URL: your check knows by it who asks."  # noqa: S105
    if edge and site.path:
        found["SITE_URL"] = "Must have no path: the page, the API and the pictures share this address."
    elif _is_in_front(values, edge=edge) and values["port"] not in (None, _port(site)):
        found["PORT"] = (
            f"SITE_URL says {_port(site)}. Leave PORT out; or set TLS=off if a proxy in front forwards to this port."
        )
    if site.scheme == "https" and not _is_loopback(site):
        uploads = urlsplit(values["s3_public_endpoint_url"] or values["s3_endpoint_url"] or "")
        links = urlsplit(values["public_base_url"] or "") if values["public_base_url"] else uploads
        if uploads.scheme == "http" or _is_loopback(uploads) or (embedded and not edge):
            found["S3_PUBLIC_ENDPOINT_URL"] = (
                "Browsers upload from an https:// page to an https:// address only, and not to this machine's own. Set"
                " it to the store's address for browsers."
            )
        if _is_loopback(links):
            found["PUBLIC_BASE_URL"] = "The links would name this machine only. Set it to an address for everyone."
    return {name: [message] for name, message in found.items()}


def _is_in_front(values: dict[str, Any], *, edge: bool) -> bool:
    """Say whether visitors of SITE_URL reach the edge itself, and no proxy before it."""
    return edge and values["site_url"] is not None and values["tls"] != "off"


def _choose_address(values: dict[str, Any], *, embedded: bool, edge: bool) -> None:
    """Decide what is left open of where the server listens, and of the address that its users see.

    An edge with nothing in front of it listens where SITE_URL says.
    """
    site = urlsplit(values["site_url"] or "")
    in_front = _is_in_front(values, edge=edge)
    values["port"] = values["port"] or (_port(site) if in_front else 8000)
    values["host"] = values["host"] or ("::" if in_front and not _is_loopback(site) else "127.0.0.1")
    if embedded:
        values["site_url"] = values["site_url"] or _address(values["host"], values["port"])


def allow_open_files() -> None:
    """Let this process, and its children, open OPEN_FILES files.

    Raises:
        ConfigError: the system allows fewer.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        raise ConfigError(
            f"This system lets a process open {hard} files, and the server needs {OPEN_FILES}: a connection is one."
            f" Allow more, as with `ulimit -n {OPEN_FILES}`, or in a container --ulimit nofile={OPEN_FILES}."
        )
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))


def hash_token(token: str) -> bytes:
    """Return the SHA-256 of an access token, which is all that we keep of it."""
    return hashlib.sha256(token.encode()).digest()


# The names by which only this machine itself can call the server.
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _is_loopback(url: SplitResult) -> bool:
    return (url.hostname or "").lower() in ("localhost", "::1") or (url.hostname or "").startswith("127.")


def _address(host: str, port: int) -> str:
    # Not for ::1, which `localhost` does not mean on every machine.
    named = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104
    return f"http://{_bracketed(named)}:{port}"


def _bracketed(host: str) -> str:
    """Put an IPv6 address in brackets, as URLs need it."""
    return f"[{host}]" if ":" in host else host
