"""AVIF in all its forms: the API says what Chromium shows (tests/e2e/test_avif.py shows that it does)."""

import pytest

from app.errors import NotAnImage
from app.pictures import Image, inspect
from tests.avif import MOVING, SECRET, Avif, Track, box
from tests.avif_cases import CASES, TABLE, table
from tests.unit.test_location import exif, is_found, is_refused_unsearched


def test_table_is_up_to_date() -> None:
    """The front end's tests read it: `python -m tests.avif_cases` writes it."""
    assert TABLE.read_text() == table()


@pytest.mark.parametrize("name", CASES)
def test_api_says_what_is_shown(name: str) -> None:
    case = CASES[name]
    data = case.file.make()
    if case.shown is None:
        with pytest.raises(NotAnImage):
            inspect(data, len(data))
    else:
        assert inspect(data, len(data)) == Image("image/avif", *case.shown)


def test_cases_hold_what_must_go() -> None:
    silent = {"date", "video", "preview", "hdr"}
    assert all(SECRET in case.file.make() or set(case.removed) <= silent for case in CASES.values())
    assert sum(SECRET in case.file.make() for case in CASES.values()) >= 25


MUCH = box(b"free", bytes(200_000))


@pytest.mark.parametrize("told", [exif(), MUCH + exif()], ids=["near", "far"])
def test_position_in_a_sequence_without_items_is_found(told: bytes) -> None:
    sequence = Avif(brands=MOVING, items=(), meta=False, tracks=(Track(),), told=box(b"udta", told))
    assert is_found(sequence.make())


def test_sequence_that_says_nothing_of_its_place_passes() -> None:
    for file in (
        Avif(brands=MOVING, items=(), meta=False, tracks=(Track(),)),
        Avif(brands=MOVING, items=(), without=(b"pitm", b"iloc", b"iinf", b"iprp"), tracks=(Track(),)),
    ):
        data = file.make() + MUCH
        assert not is_found(data)
        assert not is_refused_unsearched(data)
