"""What metrics cost a server that nobody asked for any: nothing. tests/contract/test_metrics.py has the rest."""

import os
import subprocess
import sys

import pytest

from config import ROOT
from tests.conftest import NO_DOTENV
from tests.rigs.server import OFFLINE


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
