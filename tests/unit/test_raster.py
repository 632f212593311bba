"""How JPEGs and PNGs that break the rules are measured; the front end's raster.test.ts reads the same table."""

import base64
import zlib
from typing import Any

import pytest

from app.errors import NotAnImage
from app.pictures import Image, inspect
from tests.raster import cases, read


def test_table_is_up_to_date() -> None:
    """`python -m tests.raster` writes the table."""
    made = {case.name: (case.content_type, case.data, case.orientation, case.size) for case in cases()}
    assert len(made) == len(cases())
    assert {
        row["name"]: (
            row["type"],
            zlib.decompress(base64.b64decode(row["data"])),
            row["orientation"],
            row["size"] and tuple(row["size"]),
        )
        for row in read()
    } == made


@pytest.mark.parametrize("row", read(), ids=lambda row: row["name"])
def test_picture_is_what_browsers_show(row: dict[str, Any]) -> None:
    data = zlib.decompress(base64.b64decode(row["data"]))
    if row["size"] is None:
        with pytest.raises(NotAnImage):
            inspect(data, len(data))
    else:
        assert inspect(data, len(data)) == Image(row["type"], *row["size"])
