"""Where browsers reach the bucket, and the public links."""

import re
from urllib.parse import unquote, urlsplit

from app.storage import objects
from config import Config


class Links:
    """Knows the address of every picture; asks nothing.

    `endpoint` is the store's address for browsers, as boto3 knows it.
    """

    def __init__(self, config: Config, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        if config.s3_public_endpoint_url or config.s3_endpoint_url:
            host, path = parts.netloc, f"/{config.s3_bucket}"
        else:
            host, path = f"{config.s3_bucket}.{parts.netloc}", ""
        #: The origin that browsers PUT to.
        self.upload_origin = f"{parts.scheme}://{host}"
        #: The bucket's address for browsers.
        self.bucket_url = f"{self.upload_origin}{path}"
        self._bucket_base = f"{self.bucket_url}/uploads"
        self._public_base = config.public_base_url or self._bucket_base
        # Links of before are known too: those of the bucket, in path style as well on AWS, those of a CDN in
        # front of the page, and those of the edge. So are the addresses of the pictures' pages.
        others = [] if path else [f"{endpoint}/{config.s3_bucket}/uploads"]
        site = [f"{config.site_url}/i", f"{config.site_url}/p"] if config.site_url else []
        bases = [self._public_base, self._bucket_base, *site, *config.edge_links, *others]
        self._bases = [_place(base) for base in bases]

    @property
    def public_origin(self) -> str:
        """The origin of the public links."""
        parts = urlsplit(self._public_base)
        return f"{parts.scheme}://{parts.netloc}"

    def public_url(self, key: str) -> str:
        """Return the permanent link to a picture."""
        return f"{self._public_base}/{key}"

    def find_key(self, text: str, pages: str | None = None) -> str | None:
        """Return the key in a public link, in an object's name, or in `text` itself; None if there is none.

        Links that differ only in scheme, spelling (RFC 3986, 6.2.2), query or fragment are one. `pages` is where the
        pictures' pages are, for a server whose settings don't say it.
        """
        if "://" not in text:
            key = text.removeprefix(objects.PUBLIC)
            return key if objects.is_key(key) else None
        try:
            host, path = _place(text)
        except ValueError:
            return None
        for base_host, base_path in [*self._bases, *([_place(pages)] if pages else [])]:
            key = objects.read_page_name(path.removeprefix(f"{base_path}/"))
            if host == base_host and path.startswith(f"{base_path}/") and objects.is_key(key):
                return key
        return None


def _place(url: str) -> tuple[str, str]:
    """Return a URL's host, with any port but the scheme's own, and its path; in one spelling.

    Raises:
        ValueError: it has no such form.
    """
    parts = urlsplit(url)
    host = parts.netloc.lower()
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    host = host.removesuffix(port) if port else host
    # The two names by which this machine calls itself; the embedded store's links have had both.
    return re.sub(r"\Alocalhost(?=:|\Z)", "127.0.0.1", host), unquote(parts.path)
