"""Takes pictures to the store for clients that can make one request only, and publishes them as any other upload."""

import base64
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from app import pictures
from app.errors import Deleted, NotAnImage, Refused, RelayBusy, StoreUnavailable
from app.form import Form, Sent
from app.pictures.strip import BrokenPicture, NotShown, strip
from app.publisher import Publisher
from app.spool import Spool
from app.storage import Published, Storage, Upload
from config import Config

#: Of work to find a picture's metadata: some 0.1 s, in which nobody else is served. Photographs take a hundredth.
STEPS: Final = 250_000

_log = logging.getLogger(__name__)


class Courier:
    """Has RELAY_CONCURRENCY places for clients that send pictures. Thread-safe."""

    def __init__(self, config: Config, storage: Storage, publisher: Publisher) -> None:
        self.folder = config.spool_path
        self._storage = storage
        self._publisher = publisher
        self._places = threading.BoundedSemaphore(config.relay_concurrency)
        self._stripping = threading.Lock()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place while the block runs.

        Raises:
            RelayBusy: all are taken.
        """
        if not self._places.acquire(blocking=False):
            raise RelayBusy("The server takes as many pictures in as it can. Try again soon.")
        try:
            yield
        finally:
            self._places.release()

    def deliver(self, form: Form, expires_in: str | None, *, keep_metadata: bool) -> list[tuple[Upload, Published]]:
        """Publish all pictures of a form, or none of them.

        Raises:
            Refused: a picture is none that this server publishes; where there are several, the sentence names it.
            StoreFull: the disk is full.
            Unavailable: repeat it later.
        """
        done: list[tuple[Upload, Published]] = []
        try:
            for sent in form.pictures:
                with _named(sent, several=len(form.pictures) > 1):
                    done.append(self._deliver(sent, expires_in, keep_metadata=keep_metadata))
        except BaseException:
            for upload, _ in done:
                self._take_back(upload)
            raise
        return done

    def _deliver(self, sent: Sent, expires_in: str | None, *, keep_metadata: bool) -> tuple[Upload, Published]:
        # Programs guess a type by the file's name, or give none. What the bytes are decides.
        content_type = pictures.recognise(sent.spool.head(pictures.HEAD_BYTES))
        if keep_metadata:
            return self._publish(sent.spool, content_type, sent.name, expires_in)
        with Spool(self.folder) as stripped:
            self._strip(sent.spool, content_type, stripped)
            sent.spool.close()
            return self._publish(stripped, content_type, sent.name, expires_in)

    def _strip(self, spool: Spool, content_type: str, stripped: Spool) -> None:
        """Write a picture without its metadata to `stripped`.

        One at a time: a process holds no more than one picture in memory, where the disk stands behind it.

        Raises:
            NotAnImage: its metadata can't be found, or no browser shows it.
        """
        with self._stripping:
            try:
                for part in strip(spool.map(), content_type, steps=STEPS):
                    stripped.write(part)
            except BrokenPicture as error:
                raise NotAnImage(
                    "The file is broken, so its metadata can't be removed. Save it anew, or send keep=metadata."
                ) from error
            except NotShown as error:
                raise NotAnImage("Browsers don't show pictures of this kind. Save it as JPEG and try again.") from error

    def _publish(
        self, spool: Spool, content_type: str, name: str | None, expires_in: str | None
    ) -> tuple[Upload, Published]:
        digest = base64.b64encode(spool.sha256()).decode()
        upload = Upload.new(content_type, spool.size, name, digest, expires_in)
        spool.file.seek(0)
        try:
            self._storage.stage(upload, spool.file)
            return upload, self._publisher.publish(upload)
        except (Refused, Deleted):
            raise
        except BaseException:
            # The client can't repeat a part of this; and a store that stalls may still copy.
            self._take_back(upload)
            raise

    def _take_back(self, upload: Upload) -> None:
        try:
            self._storage.delete(upload.key)
        except StoreUnavailable:
            _log.warning("%s may be public, though its client was told that it failed", upload.key)


@contextmanager
def _named(sent: Sent, *, several: bool) -> Iterator[None]:
    """Let a refusal name the picture, where it is one of several."""
    try:
        yield
    except Refused as error:
        if several:
            error.detail = f"{sent.name or 'A picture without a name'}: {error.detail}"
        raise
