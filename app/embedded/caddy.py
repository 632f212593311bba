"""The edge: Caddy, the one address of the page, the API, uploads and pictures (docs/adr/0013-edge.md).

Its rules are in deploy/caddy/edge.caddy. Here is only what differs from one start to the next: addresses and secrets.
"""

import socket
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.embedded.companion import Companion, find
from config import ROOT, Config

_RULES: Final = ROOT / "deploy" / "caddy" / "edge.caddy"
_OTHERWISE: Final = "Or put a proxy of your own in front of an S3 of your own: docs/configuration.md."


def launch(config: Config, *, store: bool, site: bool) -> Companion:
    """Run Caddy until this process ends. Wait for what this returns.

    Args:
        config: with the store's address and keys.
        store: whether it listens on S3_PORT, for links and uploads that name the store.
        site: whether it listens where `config.listens` says, for everything.

    Raises:
        StartFailed: Caddy is not there.
    """
    home = config.instance_path.absolute() / "edge"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = str(config.port if site else config.s3_port)
    blocks = ([_store(config)] if store else []) + (_site(config) if site else [])
    file = home / f"{name}.caddy"
    file.write_text(f'import "{_RULES}"\n\n' + "\n".join(blocks))
    command = [find("caddy", "Caddy", _OTHERWISE), "run", "--config", file.name, "--adapter", "caddyfile"]
    ports = [("127.0.0.1", config.s3_port)] if store else []
    ports += [(config.own_host, port) for _, port in config.listens] if site else []

    def listens() -> bool:
        return all(_accepts(*each) for each in ports)

    with (home / f"{name}.lock").open("a+") as lock:
        return Companion(command, home, home / f"{name}.log", lock, _environment(config, home), listens)


def _environment(config: Config, home: Path) -> dict[str, str]:
    """Return what the rules take from the environment."""
    # Browsers name no host in TLS where it is an address; and behind NAT, the connection does not show it either.
    options = [f"default_sni {urlsplit(str(config.site_url)).hostname}"]
    if config.port != 443:
        # Plain HTTP on port 80 can only be for the usual port.
        options.append("auto_https disable_redirects")
    return {
        # Here Caddy keeps certificates and their keys.
        "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "API": f"unix/{config.api_socket.name}",
        "STORE": urlsplit(str(config.s3_endpoint_url)).netloc,
        "STORE_REFERER": config.store_referer or "",
        "S3_BUCKET": config.s3_bucket,
        "MAX_UPLOAD_BYTES": str(config.max_upload_bytes),
        "EDGE_OPTIONS": "\n".join(options),
        # Whoever they are: the API counts as many proxies as there are, from the last.
        "EDGE_SERVER_OPTIONS": "trusted_proxies static 0.0.0.0/0 ::/0" if config.trusted_proxies else "",
    }


def _store(config: Config) -> str:
    return _block(f"http://:{config.s3_port}", "127.0.0.1", ["import store_alone"])


def _site(config: Config) -> list[str]:
    """Return a block for the site, and one for the pictures where they have a host of their own."""
    site, pictures = urlsplit(str(config.site_url)), urlsplit(str(config.public_base_url))
    # With plain HTTP, every name leads to the API, which refuses those that are not ours.
    address = f"https://{site.hostname}:{config.port}" if config.serves_https else f"http://:{config.port}"
    lines = ["tls internal"] if config.tls == "internal" else []
    own_path = [f'import pictures "{pictures.path}"'] if pictures.path != "/i" else []
    if not config.serves_https or pictures.netloc == site.netloc:
        return [_block(address, config.host, [*lines, *own_path, "import site"])]
    alone = [*lines, "import common", f'import pictures "{pictures.path}"', "import nothing_else"]
    return [
        _block(address, config.host, [*lines, "import site"]),
        _block(f"{pictures.scheme}://{pictures.netloc}", config.host, alone),
    ]


def _block(address: str, host: str, lines: list[str]) -> str:
    # Without a host, Caddy listens on every address there is, of both kinds.
    bind = [] if host == "::" else [f"bind {host}"]
    return "\n\t".join([f"{address} {{", *bind, *lines]) + "\n}\n"


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
