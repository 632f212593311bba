"""A small HTTP server in a thread, for what a test needs beside ours: a site, a role's endpoint, a broken store."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import TypeVar

S = TypeVar("S", bound=HTTPServer)


@contextmanager
def serving(server: S) -> Iterator[S]:
    """Let a server answer while the block runs."""
    with server:
        # It looks every 0.01 s whether the block has ended.
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def listening(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    """Answer with `handler` on a free port of this machine while the block runs."""
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        yield server
