"""The whole way of one picture, as a browser and a stranger go it: ask, PUT, complete, look, delete."""

from typing import Final
from urllib.parse import urlsplit

from app.doctor.case import PICTURE, Case, Check, Inapplicable, Untried, Wrong
from app.doctor.setting import SETUP
from app.doctor.visitor import Answer, Unreachable
from app.errors import AlbumDeleted, AlbumMissing, ServiceError, StoreUnavailable
from app.storage import UPLOAD_HEADERS, Upload

#: Bytes of the largest body that is tried: more would take long on a slow line.
LARGEST: Final = 25 * 1024**2
OTHER_STORE: Final = "Use another store: docs/stores.md"
#: What puts right how a bare store serves pictures.
EDGE: Final = (
    "Put an edge in front of the store that drops the query and adds the header (docs/stores.md): import"
    " deploy/caddy/edge.caddy, or use a CDN"
)
_HOST: Final = (
    "Let the proxy in front of the store pass the Host header unchanged (nginx: proxy_set_header Host $http_host);"
    " S3_PUBLIC_ENDPOINT_URL must be the address that browsers use"
)


def _upload_address(case: Case) -> str:
    origin = case.storage.links.upload_origin
    if origin == case.site_origin:
        if "page" in case.broken:
            raise Untried("page")
        return f"{origin} is the page's own."
    try:
        case.visitor.ask("GET", f"{origin}/")
    except Unreachable as error:
        raise Wrong(
            f"Browsers are sent to {origin} to upload, which can't be reached from here: {error}.",
            error.remedy or "Set S3_PUBLIC_ENDPOINT_URL to the store's address for browsers",
        ) from error
    return f"{origin} can be reached."


def _preflight(case: Case) -> str:
    if not case.foreign_origins:
        raise Inapplicable("The page and the store are one origin: browsers do not ask.")
    url = case.sign(case.begin()).url
    for origin in case.foreign_origins:
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": ",".join(UPLOAD_HEADERS),
        }
        answer = _ask(case, "OPTIONS", url, asked)
        problems = _refusals(answer, origin)
        if problems:
            raise Wrong(
                f"A page of {origin} is told that it may not upload: {', '.join(problems)}.",
                f"{SETUP}; a proxy in front must pass OPTIONS and its answer on",
            )
    return f"Browsers let pages of {', '.join(case.foreign_origins)} upload."


def _refusals(answer: Answer, origin: str) -> list[str]:
    def allowed(name: str) -> set[str]:
        return {word.strip().lower() for word in answer.headers.get(f"access-control-allow-{name}", "").split(",")}

    if not answer.is_success:
        return [f"the preflight is answered {answer.status}"]
    problems = [] if allowed("origin") & {"*", origin.lower()} else ["the origin is not allowed"]
    if not allowed("methods") & {"*", "put"}:
        problems.append("PUT is not allowed")
    if "*" not in allowed("headers"):
        problems += [f"{name} is not allowed" for name in UPLOAD_HEADERS if name not in allowed("headers")]
    return problems


def _put(case: Case) -> str:
    case.upload = upload = case.begin()
    signed = case.sign(upload)
    origin = {"Origin": case.foreign_origins[0]} if case.foreign_origins else {}
    case.put = answer = _ask(case, "PUT", signed.url, {**signed.headers, **origin}, PICTURE)
    if answer.status == 403 and b"SignatureDoesNotMatch" in answer.body:
        raise Wrong(f"{case.storage.links.upload_origin} refuses the signature that the store itself takes.", _HOST)
    if answer.status == 413:
        raise Wrong("A proxy in front of the store refuses the body: 413.", _body_limit(case))
    if not answer.is_success:
        raise Wrong(f"The PUT is answered {answer.status} {_code(answer)}".strip() + ".", "See docs/troubleshooting.md")
    if not case.trial.has(case.trial.staged_name(upload.key)):
        raise Wrong(
            f"{case.storage.links.upload_origin} answers {answer.status}, and the bucket has no picture.",
            "Set S3_PUBLIC_ENDPOINT_URL to the store's address for browsers",
        )
    return "A browser's PUT arrives."


def _readable(case: Case) -> str:
    if not case.foreign_origins:
        raise Inapplicable("The page and the store are one origin.")
    origin = case.foreign_origins[0]
    headers = case.put.headers if case.put else {}
    if headers.get("access-control-allow-origin") not in ("*", origin):
        raise Wrong(
            f"The PUT's answer lacks Access-Control-Allow-Origin, so a page of {origin} takes it for a failure.",
            "Let the proxy in front of the store pass the Origin header on, and the answer's headers back",
        )
    return "A page can read the answer to its PUT."


def _publish(case: Case) -> str:
    upload = _upload(case)
    try:
        case.publisher.publish(upload)
    except StoreUnavailable:
        raise
    except ServiceError as error:
        raise Wrong(f"The picture is refused: {error.detail}", "See docs/troubleshooting.md") from error
    return "The picture is verified and public."


def _link(case: Case) -> str:
    url = case.storage.links.public_url(_upload(case).key)
    base = case.storage.links.public_url("").rstrip("/")
    mend = "Set PUBLIC_BASE_URL to the address at which uploads/ is served; without it, links name the bucket itself"
    if "page" in case.broken and case.storage.links.public_origin == case.site_origin:
        raise Untried("page")
    try:
        case.shown = answer = case.visitor.ask("GET", url)
    except Unreachable as error:
        raise Wrong(
            f"Links begin with {base}, which can't be reached from here: {error}.", error.remedy or mend
        ) from error
    if 300 <= answer.status < 400:
        raise Wrong(f"Links begin with {base}, which redirects to {answer.headers.get('location')}.", mend)
    if answer.status in (401, 403, 404):
        raise Wrong(
            f"A stranger's GET of a link that was just made is answered {answer.status} {_code(answer)}".strip() + ".",
            f"{mend}. If it is right: {SETUP}; on AWS, look for a public access block of the whole account",
        )
    if not answer.is_success or answer.body != PICTURE:
        raise Wrong(f"A link shows something else than its picture ({answer.status}).", mend)
    if answer.headers.get("content-type") != "image/png":
        raise Wrong(
            f"A link shows a PNG as {answer.headers.get('content-type')}.", "Let the proxy pass Content-Type on"
        )
    return f"{base}/… shows the picture to everyone."


def _nosniff(case: Case) -> str:
    if case.shown and case.shown.headers.get("x-content-type-options", "").lower() != "nosniff":
        raise Wrong("Links lack X-Content-Type-Options: nosniff: old browsers may take a picture for a page.", EDGE)
    return "Browsers take a picture for nothing else."


def _type_by_query(case: Case) -> str:
    url = case.storage.links.public_url(_upload(case).key)
    answer = _ask(case, "GET", f"{url}?response-content-type=text/html")
    if answer.is_success and answer.headers.get("content-type", "").startswith("text/html"):
        raise Wrong("A link with ?response-content-type=text/html shows a picture as a web page.", EDGE)
    return "No query changes the type of a picture."


def _delete(case: Case) -> str:
    upload = _upload(case)
    case.storage.delete(upload.key)
    if case.trial.has(case.trial.public_name(upload.key)):
        raise Wrong("A picture that was deleted is still in the bucket.", OTHER_STORE)
    if case.shown and _ask(case, "GET", case.storage.links.public_url(upload.key)).body == PICTURE:
        return "A deleted picture is gone from the bucket; a cache in front serves it for a while (docs/security.md)."
    return "A deleted picture is gone."


def _album(case: Case) -> str:
    albums, album = case.storage.albums, case.begin_album()
    albums.create(album)
    try:
        found, _ = albums.read(album.id)
    except AlbumMissing as error:
        raise Wrong("An album is not there that was just written.", OTHER_STORE) from error
    if found != album:
        raise Wrong("An album comes back otherwise than it was written.", OTHER_STORE)
    albums.delete(album.id)
    try:
        albums.read(album.id)
    except AlbumDeleted:
        return "An album is there until it is deleted."
    raise Wrong("An album that was deleted is still there.", OTHER_STORE)


def _largest(case: Case) -> str:
    size = min(case.config.max_upload_bytes, LARGEST)
    signed = case.sign(case.begin(), size)
    mib = f"{size / 1024**2:.3g} MiB"
    try:
        answer = case.visitor.ask("PUT", signed.url, signed.headers, bytes(size))
    except Unreachable as error:
        raise Wrong(f"A picture of {mib} does not get through: {error}.", _body_limit(case)) from error
    if not answer.is_success:
        raise Wrong(f"A picture of {mib} is answered {answer.status} {_code(answer)}".strip() + ".", _body_limit(case))
    return f"A picture of {mib} gets through."


def _body_limit(case: Case) -> str:
    mib = -(-case.config.max_upload_bytes // 1024**2)
    return (
        f"Let the proxy in front of the store take bodies of MAX_UPLOAD_BYTES (nginx: client_max_body_size {mib}m;"
        " proxy_request_buffering off), or lower MAX_UPLOAD_BYTES"
    )


def _ask(case: Case, method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    try:
        return case.visitor.ask(method, url, headers, body)
    except Unreachable as error:
        raise Wrong(
            f"{method} of {urlsplit(url).netloc} gets no answer: {error}.", "See the log of what listens there"
        ) from error


def _code(answer: Answer) -> str:
    """Return S3's code for an error, if it has one."""
    return answer.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode("ascii", "replace")[:60]


def _upload(case: Case) -> Upload:
    assert case.upload, "`upload` comes first"  # noqa: S101
    return case.upload


CHECKS: Final = (
    Check("upload address", _upload_address, ("bucket",)),
    Check("preflight", _preflight, ("cors", "upload address")),
    Check("upload", _put, ("upload address",)),
    Check("answer", _readable, ("cors", "preflight", "upload")),
    Check("publish", _publish, ("upload",)),
    Check("link", _link, ("publish", "policy", "access block")),
    Check("nosniff", _nosniff, ("link",)),
    Check("type by query", _type_by_query, ("link",)),
    Check("delete", _delete, ("publish",)),
    Check("album", _album, ("bucket",)),
    Check("largest upload", _largest, ("upload",)),
)
