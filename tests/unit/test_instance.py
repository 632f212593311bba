"""The mark of an instance's form: written once, and a folder of a newer version is left alone."""

import stat
from pathlib import Path

import pytest

from app.embedded import instance


def test_new_folder_is_marked_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        instance.prepare(tmp_path)
    assert (tmp_path / "version").read_text() == f"{instance.FORM}\n"
    assert stat.S_IMODE((tmp_path / "version").stat().st_mode) == 0o600
    assert caplog.text == ""


def test_folder_from_before_is_marked_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "seaweedfs").mkdir()
    instance.prepare(tmp_path)
    assert f"marked as form {instance.FORM}" in caplog.text
    assert str(tmp_path) in caplog.text
    caplog.clear()
    instance.prepare(tmp_path)
    assert caplog.text == ""


@pytest.mark.parametrize("text", [str(instance.FORM + 1), "99", "x", "", "-1", "1.0", "1 2", "²"])
def test_folder_of_a_newer_version_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "version").write_text(text)
    with pytest.raises(instance.InstanceRefused, match="INSTANCE_PATH"):
        instance.prepare(tmp_path)
    assert (tmp_path / "version").read_text() == text
