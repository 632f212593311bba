"""The rate limit of several tasks, counted in a real Redis: shared while it is up, and no outage while it is down."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.services import services
from config import Config
from tests.conftest import free_port
from tests.rigs.redis_server import Redis
from tests.rigs.server import until

ASKED = {"contentType": "image/png", "size": 3}


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fleet(redis: Redis, configure: Callable[..., Config]) -> list[FlaskClient]:
    """Two tasks of one service."""
    config = configure(rate_limit="4 per hour", rate_limit_storage_uri=redis.uri)
    return [create_app(config).test_client() for _ in range(2)]


def ask(client: FlaskClient) -> int:
    return client.post("/uploads/init", json=ASKED).status_code


def test_tasks_count_together(fleet: list[FlaskClient]) -> None:
    one, other = fleet
    assert [ask(client) for client in (one, other, one, other)] == [201] * 4
    assert [ask(client) for client in fleet] == [429, 429]
    answer = one.post("/uploads/init", json=ASKED)
    assert 0 < int(answer.headers["Retry-After"]) <= 3601


def test_count_outlives_a_task(fleet: list[FlaskClient], configure: Callable[..., Config]) -> None:
    assert [ask(fleet[0]) for _ in range(4)] == [201] * 4
    assert ask(create_app(services(fleet[0].application).config).test_client()) == 429


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP], ids=["gone", "hanging"])
def test_without_redis_each_task_counts_alone_and_locks_nobody_out(
    fleet: list[FlaskClient], redis: Redis, fault: signal.Signals
) -> None:
    one, other = fleet
    assert ask(one) == 201
    redis.process.send_signal(fault)
    for client in (one, other):
        assert [ask(client) for _ in range(5)] == [201] * 4 + [429]


def test_tasks_count_together_again_when_redis_is_back(redis: Redis, configure: Callable[..., Config]) -> None:
    config = configure(rate_limit="1000 per hour", rate_limit_storage_uri=redis.uri)
    one, other = (create_app(config).test_client() for _ in range(2))
    redis.stop()
    assert ask(one) == 201
    redis.start()
    assert {ask(other) for _ in range(1000)} == {201}
    # On its own count, `one` is far from a thousand. It looks for Redis again every few seconds.
    until(lambda: ask(one) == 429, seconds=60)


def test_app_starts_without_redis(configure: Callable[..., Config]) -> None:
    config = configure(rate_limit="4 per hour", rate_limit_storage_uri=f"redis://127.0.0.1:{free_port()}/0")
    assert [ask(create_app(config).test_client()) for _ in range(3)] == [201] * 3
