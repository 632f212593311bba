"""Calls the app without a server, with each body in turn, until stopped: `python -m benchmarks.loop PATH BODY…`."""

import sys
from io import BytesIO
from itertools import cycle
from typing import Any

from werkzeug.test import EnvironBuilder

from wsgi import app


def main() -> None:
    """Call the app until stopped, or until an answer is an error."""
    path, *bodies = sys.argv[1:]
    builder = EnvironBuilder(path, method="POST", content_type="application/json")
    environ = builder.get_environ()
    for body in cycle(map(str.encode, bodies)):
        said: list[str] = []

        def start(status: str, *_: Any, said: list[str] = said) -> Any:
            said.append(status)

        request = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        answer = b"".join(app(request, start))
        if not said[0].startswith("201"):
            sys.exit(answer.decode())


if __name__ == "__main__":
    main()
