"""The built page, if there is one, and the security headers of everything we serve."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, send_from_directory
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from whitenoise import WhiteNoise

from app.gate import Gate

#: The script of the worker that decodes HEIC. It may compile wasm, which the page may not, and fetch nothing: its
#: policy is that of its own file, not the page's.
DECODER = "/assets/decoder-"
DECODER_POLICY = (
    "default-src 'none'; script-src 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

DIST = Path(__file__).parent.parent / "frontend" / "dist"

blueprint = Blueprint("frontend", __name__)


@blueprint.get("/delete")
def delete() -> Response:
    """Show the page that asks before it deletes; a GET deletes nothing."""
    return _show("index.html", "The page is not served here.")


@blueprint.get("/apps")
def apps() -> Response:
    """Show the page that sets up other programs."""
    return _show("index.html", "The page is not served here.")


@blueprint.get("/reference")
def reference() -> Response:
    """Show every call of the API, for builders."""
    return _show("reference.html", "The reference is not served here. /openapi.json says the same.")


def _show(name: str, otherwise: str) -> Response:
    if not (DIST / name).is_file():
        raise NotFound(otherwise)
    return send_from_directory(DIST, name, max_age=0)


def serve(app: Flask, gate: Gate, store_origins: set[str]) -> None:
    """Put the page in front of `app`, and security headers on the answers of both.

    `store_origins` are the origins that the page PUTs pictures to, and shows them from.
    """
    stores = " ".join(sorted(store_origins))
    headers = {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; manifest-src 'self'; "
            f"img-src 'self' blob: {stores}; connect-src 'self' {stores}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }

    # Answers carry tokens.
    defaults = [*headers.items(), ("Cache-Control", "no-store")]

    def add(answered: MutableMapping[str, str] | Headers, _path: str = "", url: str = "") -> None:
        for name, value in headers.items():
            answered[name] = value
        if url.startswith(DECODER):
            answered["Content-Security-Policy"] = DECODER_POLICY

    @app.after_request
    def secure(response: Response) -> Response:
        present = {name.lower() for name, _ in response.headers}
        for name, value in defaults:
            if name.lower() not in present:
                response.headers.add(name, value)
        return response

    if DIST.is_dir():
        api = app.wsgi_app
        # WhiteNoise answers before Flask does, so it must add the headers itself.
        page = WhiteNoise(
            api,
            root=DIST,
            index_file=True,
            allow_all_origins=False,
            immutable_file_test=lambda path, url: url.startswith("/assets/"),
            add_headers_function=add,
            max_age=0,
        )

        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            # Leave what the gate refuses to Flask, which says why; and what is sent, which no page takes.
            asks = environ["REQUEST_METHOD"] in ("GET", "HEAD")
            return (page if asks and not gate.refusal(environ) else api)(environ, start_response)

        app.wsgi_app = answer  # type: ignore[method-assign]
