"""`meta` as it is written: ISO 14496-12 (8.11), ISO 23008-12 (9)."""

from collections.abc import Iterator
from typing import Final

from .boxes import box, full_box, handler, numbers
from .file import File, Part
from .items import PROPERTIES, Item, Items

#: What a picture is made of, and its transparency.
_REFERENCES: Final = frozenset({b"dimg", b"auxl", b"prem"})


def write_items(file: File, found: Items, shown: set[int], data: int) -> list[Part]:
    """Write a `meta` box with only the items that are shown; their data start at `data`."""
    items = [item for item in found.items.values() if item.number in shown]
    if not items:
        return full_box(b"meta", 0, 0, *handler(b"pict"))
    wide = any(item.number > 0xFFFF for item in items)
    size, version = (4, 1) if wide else (2, 0)
    entries: list[Part] = []
    places: list[Part] = []
    for item in items:
        name = numbers(size, [item.number]) + bytes(2) + item.kind + b"\0"
        entries += full_box(b"infe", 2 + version, int(item.hidden), name)
        places.append(numbers(size, [item.number]) + numbers(2, [*([0] if wide else []), 0, len(item.extents)]))
        places += [numbers(4, [data + each.place, each.end - each.start]) for each in item.extents]
    references = list(_write_references(found, shown, size))
    groups = list(_write_groups(found, shown))
    return full_box(
        b"meta",
        0,
        0,
        *handler(b"pict"),
        *full_box(b"pitm", version, 0, numbers(size, [found.primary])),
        *full_box(b"iloc", 2 * version, 0, b"\x44\0", numbers(size, [len(items)]), *places),
        *full_box(b"iinf", version, 0, numbers(size, [len(items)]), *entries),
        *(full_box(b"iref", version, 0, *references) if references else ()),
        *_write_properties(file, found, items, size),
        *(box(b"grpl", *groups) if groups else ()),
    )


def _write_references(found: Items, shown: set[int], size: int) -> Iterator[Part]:
    for kind, number, to in found.references:
        kept = [other for other in to if other in shown]
        if kind in _REFERENCES and number in shown and kept:
            yield from box(kind, numbers(size, [number]), numbers(2, [len(kept)]), numbers(size, kept))


def _write_groups(found: Items, shown: set[int]) -> Iterator[Part]:
    for number, members in found.groups:
        kept = [member for member in members if member in shown]
        if len(kept) >= 2:
            yield from full_box(b"altr", 0, 0, numbers(4, [number, len(kept), *kept]))


def _write_properties(file: File, found: Items, items: list[Item], size: int) -> list[Part]:
    used = {index for item in items for index, _ in item.properties}
    kept = [
        (index, each) for index, each in enumerate(found.properties, 1) if index in used and each.kind in PROPERTIES
    ]
    number_of = {index: number for number, (index, _) in enumerate(kept, 1)}
    width, essentially = (2, 0x8000) if len(kept) > 0x7F else (1, 0x80)
    rows: list[Part] = []
    for item in items:
        own = [
            number_of[index] + (essentially if essential else 0)
            for index, essential in item.properties
            if index in number_of
        ]
        if own:
            rows.append(numbers(size, [item.number]) + numbers(1, [len(own)]) + numbers(width, own))
    return box(
        b"iprp",
        *box(b"ipco", *(file.keep(each.at, each.end) for _, each in kept)),
        *full_box(b"ipma", 1 if size == 4 else 0, width - 1, numbers(4, [len(rows)]), *rows),
    )
