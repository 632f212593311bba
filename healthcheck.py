"""Ask the server on this machine whether it is ready, as a container's health check does.

    python healthcheck.py [URL]

It asks for /health/ready where the settings say that visitors come, so that the answer passes through the edge, the API
and the store; or for URL, which may name any host. It ends with 0 after a 200, and otherwise with the reason and 1.
"""

import http.client
import socket
import ssl
import sys
from urllib.parse import SplitResult, urlsplit

from config import Config, ConfigError

#: Seconds that each step may take. The store's own time-outs end before.
TIMEOUT = 8


def ask(host: str, url: SplitResult) -> int:
    """Send a GET of `url` to `host`, and return the status of the answer."""
    default = 443 if url.scheme == "https" else 80
    connection = http.client.HTTPConnection(url.netloc)
    connection.sock = socket.create_connection((host, url.port or default), TIMEOUT)
    if url.scheme == "https":
        # We look for ourselves under a name that may lead elsewhere, so a certificate would prove nothing.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection.sock = context.wrap_socket(connection.sock, server_hostname=url.hostname)
    connection.request("GET", url.path)
    return connection.getresponse().status


def main() -> None:
    """Ask, and end with the exit status."""
    if sys.argv[1:]:
        host, url = "localhost", sys.argv[1]
    else:
        config = Config.from_env()
        host = config.own_host
        url = f"{config.site_url if config.serves_https else config.address}/health/ready"
    status = ask(host, urlsplit(url))
    if status != http.client.OK:
        sys.exit(f"{url} answers {status}.")


if __name__ == "__main__":
    try:
        main()
    except (ConfigError, OSError, http.client.HTTPException) as error:
        sys.exit(f"No answer: {error}")
