"""What runs beside the server where no S3 is configured: the store, SeaweedFS, and the edge in front, Caddy."""

from app.embedded import caddy, seaweedfs
from app.embedded.companion import StartFailed, ignore_ends
from config import Config

__all__ = ["StartFailed", "ignore_ends", "start"]


def start(config: Config, *, serve: bool = False, pages: bool = True) -> Config:
    """Make sure that the store of this instance runs; return `config` with its addresses and keys.

    The first process that calls this becomes the store's parent, and the store ends with it. Other processes find the
    store running.

    Args:
        config: the settings, with no S3 among them.
        pages: whether our pages must be able to upload; a command has none.
        serve: whether Caddy must listen where visitors come, for this process. It ends with this process.

    Raises:
        StartFailed: a port is taken, the disk is full, there is no build for this platform, …
        ConfigError: the system allows too few open files.
    """
    # Caddy starts while the store does.
    with seaweedfs.starting(config, pages=pages) as (config, is_parent):
        edge = caddy.launch(config, store=is_parent, site=serve) if is_parent or serve else None
    if edge:
        edge.wait()
    return config
