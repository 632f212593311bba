"""What is counted of failures, and that nothing is where nobody asked; tests/contract/test_metrics.py has the rest."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.errors import StoreUnavailable
from app.metrics import Metrics
from app.services import services
from app.storage.turns import CALLS, Turns
from config import ROOT, Config
from tests.conftest import NO_DOTENV
from tests.rigs.server import OFFLINE, until


def watched(app: Flask) -> Callable[..., float]:
    """Count what `app` does from now on; return a function that tells a number."""
    metrics = Metrics()
    metrics.watch(app, services(app).storage)

    def told(name: str, **labels: str) -> float:
        return metrics.registry.get_sample_value(f"image_host_{name}", labels) or 0

    return told


def test_store_without_an_answer_has_no_status(down: Config) -> None:
    app = create_app(down)
    told = watched(app)
    assert app.test_client().get("/health/ready").status_code == 503
    assert told("store_calls_total", operation="HeadBucket", status="none") == 1
    assert told("store_call_duration_seconds_count", operation="HeadBucket") == 1
    assert told("refusals_total", code="store_unavailable") == 1


def test_crash_is_counted(configure: Callable[..., Config], monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(configure())
    told = watched(app)

    def crash(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(services(app).storage, "sign_upload", crash)
    answer = app.test_client().post("/uploads/init", json={"contentType": "image/png", "size": 1})
    assert answer.status_code == 500
    assert told("refusals_total", code="internal_error") == 1
    assert told("inits_total") == 0
    assert told("request_duration_seconds_count", call="init") == 1


def test_preflight_is_no_call(configure: Callable[..., Config]) -> None:
    app = create_app(configure(cors_origins=["https://page.test"]))
    told = watched(app)
    headers = {"Origin": "https://page.test", "Access-Control-Request-Method": "POST"}
    assert app.test_client().options("/uploads/init", headers=headers).status_code == 200
    assert told("request_duration_seconds_count", call="init") == 0


@pytest.fixture
def taken() -> Iterator[tuple[Turns, ExitStack]]:
    """Turns, all of which are taken until the stack is closed."""
    turns = Turns()
    with ExitStack() as stack:
        for _ in range(CALLS):
            stack.enter_context(turns.take())
        yield turns, stack


def test_call_that_gets_no_turn_is_told_and_no_other(
    taken: tuple[Turns, ExitStack], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, stack = taken
    told: list[bool] = []
    turns.watch(told.append)
    monkeypatch.setattr("app.storage.turns.TURN_TIMEOUT", 0.01)
    with pytest.raises(StoreUnavailable), turns.take():
        pass
    assert told == [False]
    stack.close()
    with turns.take():
        assert told == [False]


def test_call_that_gets_its_turn_late_is_told(taken: tuple[Turns, ExitStack], monkeypatch: pytest.MonkeyPatch) -> None:
    turns, stack = taken
    told: list[bool] = []
    turns.watch(told.append)
    monkeypatch.setattr("app.storage.turns.TURN_TIMEOUT", 60)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(turns.take().__enter__)
        until(lambda: bool(turns._free._cond._waiters))  # type: ignore[attr-defined]
        stack.close()
        late.result()
    assert told == [True]


@pytest.mark.parametrize(("settings", "loaded"), [({}, "False"), ({"METRICS_PORT": "9464"}, "True")])
def test_library_is_loaded_only_where_metrics_are_asked_for(settings: dict[str, str], loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, wsgi; print('prometheus_client' in sys.modules)"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **NO_DOTENV, **OFFLINE, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == loaded
