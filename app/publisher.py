"""What must hold before a picture is public: the bytes are the declared picture, and nobody has deleted it."""

from functools import partial

from app import pictures
from app.errors import Deleted, NotAnImage, Refused, SizeMismatch, TooManyPixels, TypeMismatch, UploadMissing
from app.storage import Published, Staged, Storage, Upload
from config import Config


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

    def _verify(self, upload: Upload, staged: Staged) -> pictures.Image:
        """Return what the staged bytes are; discard them if they are not the declared picture."""
        try:
            image, head = self._inspect(upload, staged)
            self._compare(upload, image)
            if self._config.reject_location:
                read = partial(self._storage.read_range, upload.key, staged)
                pictures.refuse_location(head, image, staged.size, read)
        except Refused:
            self._storage.discard(upload.key, staged)
            raise
        return image

    def _inspect(self, upload: Upload, staged: Staged) -> tuple[pictures.Image, bytes]:
        """Return what the staged bytes are, and as much of their beginning as that took."""
        if staged.size != upload.size:
            raise SizeMismatch(f"{staged.size} bytes arrived where {upload.size} were promised.")
        try:
            return pictures.inspect(staged.head, staged.size), staged.head
        except pictures.MoreBytesNeeded:
            end = min(staged.size, pictures.MAX_HEAD_BYTES)
            head = self._storage.read_range(upload.key, staged, 0, end)
        try:
            return pictures.inspect(head, staged.size), head
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
