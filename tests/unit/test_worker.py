"""How workers share their clients."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from gevent import sleep
from gevent.event import Event
from gevent.pool import Pool

from worker import FEW, Listener


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that all workers inherit, with FEW clients that nobody has accepted yet."""
    with socket.create_server(("127.0.0.1", 0), backlog=2 * FEW) as listening, ExitStack() as stack:
        listening.setblocking(False)
        for _ in range(FEW):
            stack.enter_context(closing(socket.create_connection(listening.getsockname())))
        yield listening


@pytest.fixture
def left() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def accepting(listening: socket.socket, left: Event, **options: Any) -> Listener:
    """Start to accept clients, who stay until all have left."""
    listener = Listener(listening.dup(), handle=lambda *_: left.wait(), spawn=Pool(2 * FEW), **options)
    listener.start()
    return listener


def turns(count: int) -> None:
    """Let the loop look for clients so many times."""
    for _ in range(count):
        sleep(1e-6)


def test_a_worker_that_wakes_up_late_gets_its_share_of_clients(listening: socket.socket, left: Event) -> None:
    early = accepting(listening, left)
    turns(FEW + 1)
    late = accepting(listening, left)
    while len(early.pool) + len(late.pool) < FEW:
        sleep(0.001)
    assert len(late.pool) >= FEW / 4
    early.close()
    late.close()


def test_a_single_worker_takes_all_clients_at_once(listening: socket.socket, left: Event) -> None:
    only = accepting(listening, left, alone=True)
    turns(3)
    assert len(only.pool) == FEW
    only.close()
