"""What a file is, and whether its metadata says where it was taken: read from its bytes, without decoding a pixel."""

from app.pictures.inspection import EXTENSIONS, HEAD_BYTES, MAX_HEAD_BYTES, Image, MoreBytesNeeded, inspect
from app.pictures.location import refuse_location

__all__ = [
    "EXTENSIONS",
    "HEAD_BYTES",
    "MAX_HEAD_BYTES",
    "Image",
    "MoreBytesNeeded",
    "inspect",
    "refuse_location",
]
