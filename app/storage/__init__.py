"""The bucket, on any S3. Nothing outside this package imports boto3, or a module of this package by name."""

from app.storage.albums import MAX_PICTURES, Album, Albums, Shown, find_album, is_album, safe_text
from app.storage.blocklist import Blocklist
from app.storage.bucket import UPLOAD_HEADERS
from app.storage.configuration import Change, Configuration, Part
from app.storage.diagnosis import CLOCK_SKEW, diagnose
from app.storage.links import Links
from app.storage.objects import (
    EXPIRY_DAYS,
    KeyTaken,
    Listed,
    Published,
    Record,
    SignedPut,
    Staged,
    Upload,
    is_key,
    is_sha256,
    page_name,
    read_page_name,
    safe_filename,
)
from app.storage.storage import Storage
from app.storage.trial import Trial
from app.storage.upkeep import MAX_INVALIDATED, Upkeep

__all__ = [
    "CLOCK_SKEW",
    "EXPIRY_DAYS",
    "MAX_INVALIDATED",
    "MAX_PICTURES",
    "UPLOAD_HEADERS",
    "Album",
    "Albums",
    "Blocklist",
    "Change",
    "Configuration",
    "KeyTaken",
    "Links",
    "Listed",
    "Part",
    "Published",
    "Record",
    "Shown",
    "SignedPut",
    "Staged",
    "Storage",
    "Trial",
    "Upkeep",
    "Upload",
    "diagnose",
    "find_album",
    "is_album",
    "is_key",
    "is_sha256",
    "page_name",
    "read_page_name",
    "safe_filename",
    "safe_text",
]
