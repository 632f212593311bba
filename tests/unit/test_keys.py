"""The keys of an instance: made once, written whole, refused if they are too short to keep anybody out."""

import json
import os
import stat
from pathlib import Path

import pytest

from app.embedded import keys

SHORT = "x" * 31
SECTIONS = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")


def security(key: str, sections: tuple[str, ...] = SECTIONS) -> str:
    return "".join(f'[{section}]\nkey = "{key}"\n' for section in sections)


def identity(**pair: object) -> str:
    return json.dumps({"identities": [{"credentials": [{"accessKey": "x" * 20, "secretKey": "x" * 40, **pair}]}]})


def test_keys_are_made_once(tmp_path: Path) -> None:
    first = keys.secret_key(tmp_path), keys.credentials(tmp_path)
    assert (keys.secret_key(tmp_path), keys.credentials(tmp_path)) == first
    other = tmp_path / "other"
    other.mkdir()
    assert keys.secret_key(other) != first[0]
    assert keys.credentials(other) != first[1]


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    keys.secret_key(tmp_path)
    keys.credentials(tmp_path)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "secret_key": 0o600,
        "s3.json": 0o600,
        "security.toml": 0o600,
    }


def test_key_is_on_the_disk_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A power cut keeps what was synced. The file's bytes must be synced before it gets its name, and then the name.
    synced: list[tuple[Path, list[str]]] = []
    sync = os.fsync

    def watch(descriptor: int) -> None:
        there = list(tmp_path.iterdir())
        (target,) = [path for path in (tmp_path, *there) if os.path.samestat(path.stat(), os.fstat(descriptor))]
        synced.append((target, [path.name for path in there]))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    keys.secret_key(tmp_path)
    assert synced == [
        (tmp_path / "secret_key.new", ["secret_key.new"]),
        (tmp_path, ["secret_key"]),
    ]


def test_key_may_end_with_a_line_feed(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("x" * 32 + "\n")
    assert keys.secret_key(tmp_path) == "x" * 32


@pytest.mark.parametrize("text", ["", "\n", " " * 40, SHORT, SHORT + "\n", "x" * 32 + ",", f"{'x' * 32},{SHORT}"])
def test_secret_key_too_short_to_sign_with_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret_key"
    path.write_text(text)
    with pytest.raises(keys.KeyBroken, match="32 characters or more") as caught:
        keys.secret_key(tmp_path)
    assert str(path) in str(caught.value)
    assert "xxx" not in str(caught.value)
    # A backup may hold the right one.
    assert path.read_text() == text


def test_secret_key_of_other_bytes_is_refused_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_bytes(b"sword\xff\xfefish" * 5)
    with pytest.raises(keys.KeyBroken) as caught:
        keys.secret_key(tmp_path)
    assert "sword" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s3.json", ""),
        ("s3.json", "{"),
        ("s3.json", "[]"),
        ("s3.json", "{}"),
        ("s3.json", '{"identities": []}'),
        ("s3.json", identity(secretKey="")),
        ("s3.json", identity(secretKey=SHORT)),
        ("s3.json", identity(secretKey=None)),
        ("s3.json", identity(accessKey="")),
        ("security.toml", ""),
        ("security.toml", "[jwt"),
        ("security.toml", "jwt = 1"),
        ("security.toml", security("")),
        ("security.toml", security(SHORT)),
        ("security.toml", security("x" * 32, SECTIONS[:3])),
    ],
)
def test_store_without_whole_keys_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(keys.KeyBroken, match="Delete the file") as caught:
        keys.credentials(tmp_path)
    assert str(tmp_path / name) in str(caught.value)
    (tmp_path / name).unlink()
    assert keys.credentials(tmp_path)


def test_key_of_a_backup_stands_behind_the_instances_own(tmp_path: Path) -> None:
    own, old, older = keys.secret_key(tmp_path), "o" * 40, "p" * 40
    assert keys.add_secret_key(tmp_path, old)
    assert keys.secret_key(tmp_path) == f"{own},{old}"
    # Nothing is there twice, and nothing is lost.
    assert not keys.add_secret_key(tmp_path, old)
    assert not keys.add_secret_key(tmp_path, f"{old}, {own}")
    assert keys.add_secret_key(tmp_path, f"{old},{older}")
    assert keys.secret_key(tmp_path) == f"{own},{old},{older}"
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_key_is_added_to_none_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(SHORT)
    with pytest.raises(keys.KeyBroken):
        keys.add_secret_key(tmp_path, "o" * 40)
    assert (tmp_path / "secret_key").read_text() == SHORT
