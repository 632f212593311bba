"""What must hold before a picture is public: it is what was declared, the operator wants it, nobody has deleted it."""

import base64
import hashlib
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Final

from app import pictures
from app.errors import (
    Blocked,
    Deleted,
    NotAnImage,
    Refused,
    RefusedBefore,
    RefusedByOperator,
    SizeMismatch,
    TooManyPixels,
    TypeMismatch,
    UploadMissing,
    VerifierUnavailable,
)
from app.storage import Published, Staged, Storage, Upload
from app.verifier import Verifier
from config import Config

#: Bytes. A larger file whose digest the client has not promised is not compared with the block list.
MAX_HASHED: Final = 32 * 1024**2
#: Seconds for which the operator's check may read the staged bytes.
READ_TTL: Final = 60
#: Returns the bytes of a file from one place up to another.
Read = Callable[[int, int], bytes]


class Publisher:
    """Verifies staged bytes and publishes them. Thread-safe."""

    def __init__(self, config: Config, storage: Storage) -> None:
        self._config = config
        self._storage = storage
        self._verifier = Verifier(config) if config.verify_url else None

    def publish(self, upload: Upload) -> Published:
        """Verify what was uploaded and make it public. Repeating it is safe.

        Raises:
            UploadMissing: nothing was uploaded yet.
            UploadChanged: other bytes took the place of those that were verified.
            Refused: the bytes are not the declared picture, or the operator does not want them; they are deleted.
            Deleted: somebody deleted the picture before or meanwhile.
            Unavailable: repeat it later.
        """
        try:
            staged = self._storage.read_staged(upload.key)
            published = None if staged.deleted else self._storage.publish(upload, staged, self._verify(upload, staged))
        except (UploadMissing, RefusedBefore, RefusedByOperator, VerifierUnavailable):
            # The picture may be public already: a repeated call gets the first answer, whatever has happened since to
            # its staged bytes, or to the operator's mind.
            published = self._storage.find_published(upload.key)
            if published is None:
                raise
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
            if not self._storage.blocklist.is_empty():
                file.seek(0)
                self._refuse_blocked(hashlib.file_digest(file, "sha256").digest())  # type: ignore[arg-type]
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
            image = self._judge(upload, staged.size, staged.head, read)
            self._ask_operator(upload, staged, image, read)
        except Refused:
            self._storage.discard(upload.key, staged)
            raise
        return image

    def _ask_operator(self, upload: Upload, staged: Staged, image: pictures.Image, read: Read) -> None:
        """Refuse what the block list or the operator's own check does not let through."""
        has_blocks = not self._storage.blocklist.is_empty()
        if not (has_blocks or self._verifier):
            return
        digest = _known_digest(upload, staged)
        if has_blocks:
            if digest is None and staged.size <= MAX_HASHED:
                digest = _digest(staged.size, read)
            self._refuse_blocked(digest)
        if self._verifier:
            facts = {
                "key": upload.key,
                "filename": upload.filename,
                "contentType": image.content_type,
                "size": staged.size,
                "width": image.width,
                "height": image.height,
                "sha256": digest.hex() if digest else None,
                "url": self._storage.sign_read(upload.key, READ_TTL),
                "etag": staged.etag,
            }
            self._verifier.ask(upload.id, facts)

    def _refuse_blocked(self, digest: bytes | None) -> None:
        if digest and digest.hex() in self._storage.blocklist:
            raise Blocked("Whoever runs this server has blocked this picture.")

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


def _known_digest(upload: Upload, staged: Staged) -> bytes | None:
    """Return the SHA-256 of the staged bytes if that takes no further request; None if it does."""
    if staged.size == len(staged.head):
        return hashlib.sha256(staged.head).digest()
    # The store has compared the bytes with it.
    return base64.b64decode(upload.sha256) if upload.sha256 else None


def _digest(size: int, read: Read) -> bytes:
    digest = hashlib.sha256()
    for start in range(0, size, pictures.MAX_HEAD_BYTES):
        digest.update(read(start, min(start + pictures.MAX_HEAD_BYTES, size)))
    return digest.digest()
