"""What must hold before a picture is public: the bytes are the declared picture, and nobody has deleted it."""

from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from app import pictures
from app.errors import Deleted, NotAnImage, Refused, SizeMismatch, TooManyPixels, TypeMismatch, UploadMissing
from app.storage import Published, Staged, Storage, Upload
from config import Config

#: Returns the bytes of a file from one place up to another.
Read = Callable[[int, int], bytes]


class Publisher:
    """Verifies staged bytes and publishes them. Thread-safe."""

    def __init__(self, config: Config, storage: Storage) -> None:
        self._config = config
        self._storage = storage

    def publish(self, upload: Upload) -> Published:
        """Verify what was uploaded and make it public. Repeating it is safe.

        Raises:
            UploadMissing: nothing was uploaded yet.
            UploadChanged: other bytes took the place of those that were verified.
            Refused: the bytes are not the declared picture; they are deleted.
            Deleted: somebody deleted the picture before or meanwhile.
            StoreUnavailable: repeat it later.
        """
        try:
            staged = self._storage.read_staged(upload.key)
        except UploadMissing:
            # The picture may be public already, and its staged bytes gone.
            published = self._storage.find_published(upload.key)
            if published is None:
                raise
        else:
            published = None if staged.deleted else self._storage.publish(upload, staged, self._verify(upload, staged))
        # A copy is not atomic: a whole delete fits in between its look at the source and its write. So look for the
        # delete's mark after every copy. Look after finding a picture too: an earlier process may have died before it
        # looked.
        if published is None or self._storage.is_deleted(upload.key):
            self._storage.withdraw(upload.key)
            raise Deleted("The picture was deleted.")
        return published

    def restore(self, upload: Upload, file: BinaryIO) -> bool:
        """Verify a picture of a backup, all of which is in `file`, and make it public; say whether it was not before.

        Raises:
            Refused: the bytes are not the declared picture, or none that this server publishes.
            Deleted: somebody deleted the picture before or meanwhile.
            KeyTaken: other bytes are public under its key.
            StoreUnavailable: repeat it later.
        """

        def read(start: int, end: int) -> bytes:
            file.seek(start)
            return file.read(end - start)

        if not self._storage.is_deleted(upload.key):
            image = self._judge(upload, upload.size, read(0, pictures.HEAD_BYTES), read)
            restored = self._storage.put_back(upload, image, file)
            # As after a copy: a delete that begins after this look removes the picture.
            if not self._storage.is_deleted(upload.key):
                return restored
            self._storage.withdraw(upload.key)
        raise Deleted("The picture was deleted.")

    def _judge(self, upload: Upload, size: int, head: bytes, read: Read) -> pictures.Image:
        """Return what a file of `size` bytes is that begins with `head`; `read` gets its bytes from a start to an end.

        Raises:
            Refused: it is not the declared picture, or none that this server publishes.
        """
        image, head = self._inspect(upload, size, head, read)
        self._compare(upload, image)
        if self._config.reject_location:
            pictures.refuse_location(head, image, size, read)
        return image

    def _verify(self, upload: Upload, staged: Staged) -> pictures.Image:
        """Return what the staged bytes are; discard them if they are not the declared picture."""
        try:
            read = partial(self._storage.read_range, upload.key, staged)
            return self._judge(upload, staged.size, staged.head, read)
        except Refused:
            self._storage.discard(upload.key, staged)
            raise

    def _inspect(self, upload: Upload, size: int, head: bytes, read: Read) -> tuple[pictures.Image, bytes]:
        """Return what the bytes are, and as much of their beginning as that took."""
        if size != upload.size:
            raise SizeMismatch(f"{size} bytes arrived where {upload.size} were promised.")
        try:
            return pictures.inspect(head, size), head
        except pictures.MoreBytesNeeded:
            head = read(0, min(size, pictures.MAX_HEAD_BYTES))
        try:
            return pictures.inspect(head, size), head
        except pictures.MoreBytesNeeded as error:
            raise NotAnImage(
                f"The picture's dimensions are not within its first {pictures.MAX_HEAD_BYTES} bytes."
            ) from error

    def _compare(self, upload: Upload, image: pictures.Image) -> None:
        if image.content_type != upload.content_type:
            raise TypeMismatch(f"The file was declared {upload.content_type} and is {image.content_type}.")
        limit = self._config.max_pixels
        if image.width * image.height > limit:
            raise TooManyPixels(f"The picture has {image.width} × {image.height} pixels; at most {limit} are accepted.")
