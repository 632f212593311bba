"""What an attacker would try, each of which must be refused."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Final
from urllib.parse import urlsplit

from app.doctor.case import PICTURE, Case, Check, Inapplicable, Wrong
from app.doctor.setting import SETUP
from app.doctor.visitor import CROWD, Answer, Unreachable
from app.errors import AlbumChanged
from app.storage import SignedPut

_OTHER_STORE: Final = "No setting mends it; docs/stores.md says what is left. Or use another store"
_CLOSE: Final = (
    f"Close it: remove what opens the bucket, a policy, an ACL or a switch of the store's, or an identity of SeaweedFS"
    f" without credentials; then: {SETUP}"
)


def _longer_body(case: Case) -> str:
    upload = case.begin()
    if _lands(case, upload.key, case.sign(upload), PICTURE + b"x"):
        raise Wrong("The store takes a longer body than was signed. `complete` refuses the picture.", _OTHER_STORE)
    return "The store refuses it."


def _other_type(case: Case) -> str:
    upload = case.begin()
    if _lands(case, upload.key, case.sign(upload), PICTURE, {"Content-Type": "text/html"}):
        raise Wrong("The store takes another type than was signed. `complete` looks at the bytes.", _OTHER_STORE)
    return "The store refuses it."


def _other_bytes(case: Case) -> str:
    upload = case.begin()
    digest = base64.b64encode(hashlib.sha256(b"something else").digest()).decode()
    if _lands(case, upload.key, case.sign(upload, sha256=digest), PICTURE):
        raise Wrong("The store takes bytes that the signed checksum does not fit: damage goes unnoticed.", _OTHER_STORE)
    return "The store refuses bytes that the signed checksum does not fit."


def _added_header(case: Case) -> str:
    upload = case.begin()
    if _lands(case, upload.key, case.sign(upload), PICTURE, {"x-amz-acl": "public-read"}):
        raise Wrong("An uploader may add x-amz-acl: public-read, which nobody signed.", _OTHER_STORE)
    return "The store refuses a header that nobody signed."


def _second_upload(case: Case) -> str:
    upload = case.begin()
    signed = case.sign(upload)
    with ThreadPoolExecutor(CROWD) as crowd:
        answers = list(crowd.map(lambda _: _put(case, signed.url, PICTURE, signed.headers), range(CROWD)))
    wins = sum(answer is not None and answer.is_success for answer in answers)
    again = _put(case, signed.url, PICTURE, signed.headers)
    if wins > 1 or (again and again.is_success):
        raise Wrong(
            f"Of {CROWD} uploads to one address at once, {wins} won{', and a later one' if again else ''}: the store"
            " ignores If-None-Match.",
            _OTHER_STORE,
        )
    if not wins:
        raise Wrong(f"Of {CROWD} uploads to one address at once, none won.", "See the store's own log")
    return f"Of {CROWD} uploads to one address at once, one wins; a later one is refused."


def _second_edit(case: Case) -> str:
    albums, album = case.storage.albums, case.begin_album()
    albums.create(album)
    _, etag = albums.read(album.id)
    albums.replace(replace(album, version=2), etag)
    try:
        albums.replace(replace(album, version=2), etag)
    except AlbumChanged:
        return "Of two edits of one version of an album, the first wins."
    raise Wrong(
        "Of two edits of one version of an album, both win: the store ignores If-Match, and one is lost.", _OTHER_STORE
    )


def _stranger_reads(case: Case) -> str:
    hidden = {case.trial.staged_name(case.begin().key): "bytes that nobody has verified are public"}
    if "album" not in case.broken:
        hidden[case.trial.album_name(case.begin_album().id)] = "albums are public, which only their links are to show"
    for name in hidden:
        case.trial.put(name, PICTURE)
    base = case.storage.links.public_url("").rstrip("/")
    # A CDN or a proxy that serves the bucket as a whole shows its other prefixes beside uploads/.
    beside = [base.removesuffix("/uploads")] if base.endswith("/uploads") else []
    for address, name in product(dict.fromkeys([*case.bucket_urls, *beside]), hidden):
        answer = _try(case, "GET", f"{address}/{name}")
        if answer and answer.body == PICTURE:
            raise Wrong(f"Strangers can read {address}/{name.partition('/')[0]}/…: {hidden[name]}.", _CLOSE)
    return "Staged bytes and albums are private."


def _stranger_writes(case: Case) -> str:
    for address in case.bucket_urls:
        key, trial = case.begin().key, case.trial
        for name in (trial.staged_name(key), trial.public_name(key), trial.album_name(case.begin_album().id)):
            _put(case, f"{address}/{name}", PICTURE, {"Content-Type": "image/png"})
            if trial.has(name):
                raise Wrong(f"Strangers can write to {address}: anybody can publish anything.", _CLOSE)
    return "Nobody writes without a signature."


def _stranger_lists(case: Case) -> str:
    for address in case.bucket_urls:
        answer = _try(case, "GET", f"{address}?list-type=2")
        if answer and b"<ListBucketResult" in answer.body:
            raise Wrong(f"Strangers can list {address}: every link is known to everyone.", _CLOSE)
    return "Nobody sees which pictures there are."


def _bucket_list(case: Case) -> str:
    if case.config.s3_endpoint_url is None:
        raise Inapplicable("On AWS, a bucket's address shows that bucket alone.")
    for address in case.bucket_urls:
        parts = urlsplit(address)
        answer = _try(case, "GET", f"{parts.scheme}://{parts.netloc}/")
        # Ceph shows everyone a list, which is empty.
        if answer and b"<ListAllMyBucketsResult" in answer.body and b"<Bucket>" in answer.body:
            raise Wrong(f"Strangers can list the buckets at {parts.scheme}://{parts.netloc}/.", _CLOSE)
    return "Nobody sees which buckets there are."


def _false_condition(case: Case) -> str:
    upload = case.begin()
    case.trial.put(case.trial.staged_name(upload.key), PICTURE)
    if ignored := case.trial.ignored_conditions(upload.key):
        raise Wrong(
            f"A copy ignores {' and '.join(ignored)}: that the published bytes are the verified ones depends on the"
            " upload's If-None-Match alone.",
            _OTHER_STORE,
        )
    return "A copy obeys its conditions."


def _lands(case: Case, key: str, signed: SignedPut, body: bytes, headers: dict[str, str] | None = None) -> bool:
    """Say whether a body that was not signed so reaches the bucket."""
    _put(case, signed.url, body, {**signed.headers, **(headers or {})})
    return case.trial.has(case.trial.staged_name(key))


def _put(case: Case, url: str, body: bytes, headers: dict[str, str]) -> Answer | None:
    return _try(case, "PUT", url, headers, body)


def _try(
    case: Case, method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> Answer | None:
    """Send a request; None if it is refused by closing the connection."""
    try:
        return case.visitor.ask(method, url, headers, body)
    except Unreachable:
        return None


CHECKS: Final = (
    Check("longer body", _longer_body, ("upload",)),
    Check("other type", _other_type, ("upload",)),
    Check("other bytes", _other_bytes, ("upload",)),
    Check("added header", _added_header, ("upload",)),
    Check("second upload", _second_upload, ("upload",)),
    Check("second edit", _second_edit, ("album",)),
    Check("stranger reads", _stranger_reads, ("policy", "upload address")),
    Check("stranger writes", _stranger_writes, ("policy", "upload address")),
    Check("stranger lists", _stranger_lists, ("policy", "upload address")),
    Check("bucket list", _bucket_list, ("upload address",)),
    Check("false condition", _false_condition, ("publish",)),
)
