"""The API takes a JPEG with a gain map for what its first picture is."""

import pytest

from app.errors import LocationFound
from app.pictures import Image, inspect, refuse_location
from tests.ultrahdr import CASES, TABLE, table


def test_table_is_up_to_date() -> None:
    """The front end's tests read it: `python -m tests.ultrahdr` writes it."""
    assert TABLE.read_text() == table()


@pytest.mark.parametrize("name", CASES)
def test_api_says_what_is_shown(name: str) -> None:
    data = CASES[name].file.make()
    assert inspect(data, len(data)) == Image("image/jpeg", *((48, 64) if name == "turned" else (64, 48)))


def test_position_of_the_first_picture_is_found() -> None:
    data = CASES["XMP"].file.make()
    with pytest.raises(LocationFound):
        refuse_location(data, inspect(data, len(data)), len(data), lambda start, end: data[start:end])
