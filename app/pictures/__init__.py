"""What a file is, and whether its metadata says where it was taken: read from its bytes, without decoding a pixel."""

from app.pictures.inspection import EXTENSIONS, Image, inspect, recognise
from app.pictures.location import refuse_location
from app.pictures.reader import HEAD_BYTES, MAX_HEAD_BYTES, MoreBytesNeeded

__all__ = [
    "EXTENSIONS",
    "HEAD_BYTES",
    "MAX_HEAD_BYTES",
    "Image",
    "MoreBytesNeeded",
    "inspect",
    "recognise",
    "refuse_location",
]
