"""The bucket, on any S3. Nothing outside this package imports boto3, or a module of this package by name."""

from app.storage.links import Links
from app.storage.objects import EXPIRY_DAYS, Listed, Published, SignedPut, Staged, Upload, is_key, safe_filename
from app.storage.storage import KeyTaken, Storage
from app.storage.upkeep import CLOCK_SKEW, MAX_INVALIDATED, Upkeep

__all__ = [
    "CLOCK_SKEW",
    "EXPIRY_DAYS",
    "MAX_INVALIDATED",
    "KeyTaken",
    "Links",
    "Listed",
    "Published",
    "SignedPut",
    "Staged",
    "Storage",
    "Upkeep",
    "Upload",
    "is_key",
    "safe_filename",
]
