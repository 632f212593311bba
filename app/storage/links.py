"""Where browsers reach the bucket, and the public links."""

from urllib.parse import urlsplit

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
        self._bases = [self._public_base, self._bucket_base, *config.edge_links]

    @property
    def public_origin(self) -> str:
        """The origin of the public links."""
        parts = urlsplit(self._public_base)
        return f"{parts.scheme}://{parts.netloc}"

    def public_url(self, key: str) -> str:
        """Return the permanent link to a picture."""
        return f"{self._public_base}/{key}"

    def find_key(self, text: str) -> str | None:
        """Return the key in a public link, in an object's name, or in `text` itself; None if there is none."""
        _, link, address = text.partition("://")
        if not link:
            key = text.removeprefix(objects.PUBLIC)
            return key if objects.is_key(key) else None
        address = address.partition("#")[0].partition("?")[0]
        for base in self._bases:
            prefix = base.partition("://")[2] + "/"
            if address.startswith(prefix) and objects.is_key(key := address.removeprefix(prefix)):
                return key
        return None
