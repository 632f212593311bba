"""The items of a picture and their roles: ISO 14496-12 (8.11), ISO 23008-12 (6, 9, 10), AV1 Image File Format."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .boxes import Box, Budget, Extent, Numbers, boxes, first_of_each
from .file import BrokenPicture, File


@dataclass(slots=True)
class Item:
    """An item: a coded picture, a part of one, or metadata."""

    number: int
    kind: bytes
    hidden: bool
    extents: list[Extent] = field(default_factory=list)
    #: Properties by their numbers, from 1; a reader must understand those that are essential.
    properties: list[tuple[int, bool]] = field(default_factory=list)


class Reference(NamedTuple):
    """What an item says about others."""

    kind: bytes
    number: int
    to: list[int]


class Group(NamedTuple):
    """Alternatives; the browser shows the first member that it can."""

    number: int
    members: list[int]


@dataclass(slots=True)
class Items:
    """What `meta` lists."""

    primary: int
    items: dict[int, Item]
    references: list[Reference]
    properties: list[Box]
    groups: list[Group]


#: The kinds of items that code a picture or derive it from others.
_PICTURES: Final = frozenset({b"av01", b"grid", b"iden", b"iovl", b"tmap", b"sato"})
#: Other forms of the same picture: with a gain map, or with more bits.
_FORMS: Final = frozenset({b"tmap", b"sato"})
#: Properties that change how a picture is shown.
PROPERTIES: Final = frozenset(
    b"ispe pixi av1C colr irot imir clap pasp auxC a1op a1lx lsel clli mdcv cclv amve ndwt reve".split()
)
_ALPHA: Final = re.compile(rb".{4}urn:(mpeg:mpegB:cicp:systems:auxiliary:alpha|mpeg:hevc:2015:auxid:1)\0", re.DOTALL)
#: Enough for the name of any type.
_NAME: Final = 64


def is_alpha(file: File, auxiliary: Box) -> bool:
    """Say whether a box names the type of a transparency."""
    start, end = auxiliary.start, auxiliary.end
    return _ALPHA.match(file.text(start, min(end - start, _NAME))) is not None


def read_items(file: File, meta: Box) -> Items:
    """Read the items in a `meta` box."""
    inner = first_of_each(file, meta.start + 4, meta.end)
    iprp = inner.get(b"iprp")
    described = first_of_each(file, iprp.start, iprp.end) if iprp else {}
    found = Items(0, {}, [], [], [])
    budget = Budget(file.limits)
    if iinf := inner.get(b"iinf"):
        found.items = _read_entries(file, iinf)
    if iloc := inner.get(b"iloc"):
        _read_extents(file, iloc, inner.get(b"idat"), found.items, budget)
    if ipma := described.get(b"ipma"):
        _read_associations(file, ipma, found.items, budget)
    if pitm := inner.get(b"pitm"):
        found.primary = file.unsigned(pitm.start + 4, 2 if file.unsigned(pitm.start, 1) == 0 else 4)
    if iref := inner.get(b"iref"):
        found.references = list(_read_references(file, iref, budget))
    if ipco := described.get(b"ipco"):
        found.properties = list(boxes(file, ipco.start, ipco.end))
    if grpl := inner.get(b"grpl"):
        found.groups = list(_read_groups(file, grpl, budget))
    return found


def _read_entries(file: File, iinf: Box) -> dict[int, Item]:
    items: dict[int, Item] = {}
    header = 6 if file.unsigned(iinf.start, 1) == 0 else 8
    for kind, _, start, end in boxes(file, iinf.start + header, iinf.end):
        if kind != b"infe":
            continue
        file.limits.take()
        entry = file.slice(start, end)
        version = entry.unsigned(0, 1)
        size = 2 if version < 3 else 4
        number = entry.unsigned(4, size)
        # Entries of the first versions have no kind, only a MIME type.
        named = b"mime" if version < 2 else entry.text(4 + size + 2, 4)
        hidden = entry.unsigned(3, 1) & 1 != 0
        items.setdefault(number, Item(number, named, hidden))
    return items


def _read_extents(file: File, iloc: Box, idat: Box | None, items: dict[int, Item], budget: Budget) -> None:
    take = Numbers(file, iloc.start, iloc.end).take
    version, _ = take(1), take(3)
    offset_and_length, base_and_index = take(1), take(1)
    offset_size, length_size = offset_and_length >> 4, offset_and_length & 15
    base_size, index_size = base_and_index >> 4, base_and_index & 15 if version > 0 else 0
    id_size = 2 if version < 2 else 4
    # An extent without a length takes no bytes, so a short file could claim any number of them.
    if length_size == 0:
        raise BrokenPicture("extents of no length")
    inside = (idat.start, idat.end) if idat else (0, 0)
    for _ in range(take(id_size)):
        item = items.get(take(id_size))
        method = take(2) & 15 if version > 0 else 0
        take(2)
        base = take(base_size)
        for _ in range(take(2)):
            take(index_size)
            offset, length = take(offset_size), take(length_size)
            budget.spend()
            first, last = inside if method == 1 else (0, file.length)
            start = first + base + offset
            # Browsers read no extents that are made of other items or have no length of their own.
            readable = method < 2 and length > 0 and start + length <= last
            if item:
                item.extents.append(Extent(start, start + length) if readable else Extent(0, 0))


def _read_associations(file: File, ipma: Box, items: dict[int, Item], budget: Budget) -> None:
    take = Numbers(file, ipma.start, ipma.end).take
    id_size = 2 if take(1) == 0 else 4
    index_size = 2 if take(3) & 1 else 1
    essential = 0x8000 if index_size == 2 else 0x80
    for _ in range(take(4)):
        item = items.get(take(id_size))
        first = item is not None and not item.properties
        for _ in range(take(1)):
            number = take(index_size)
            budget.spend()
            if item and first:
                item.properties.append((number % essential, number >= essential))


def _read_references(file: File, iref: Box, budget: Budget) -> Iterator[Reference]:
    size = 2 if file.unsigned(iref.start, 1) == 0 else 4
    for kind, _, start, end in boxes(file, iref.start + 4, iref.end):
        take = Numbers(file, start, end).take
        number, count = take(size), take(2)
        budget.spend(count)
        yield Reference(kind, number, [take(size) for _ in range(count)])


def _read_groups(file: File, grpl: Box, budget: Budget) -> Iterator[Group]:
    for kind, _, start, end in boxes(file, grpl.start, grpl.end):
        if kind != b"altr":
            continue
        take = Numbers(file, start + 4, end).take
        number, count = take(4), take(4)
        budget.spend(count)
        yield Group(number, [take(4) for _ in range(count)])


def shown_items(file: File, found: Items) -> set[int]:
    """Return the picture, its other forms, and the items that these are made of. No other item is shown."""
    if found.primary not in found.items:
        return set()
    parts = _parts(file, found)
    listed = [found.primary]
    shown = set(listed)
    for number in listed:
        item = found.items.get(number)
        if item is None or item.kind not in _PICTURES:
            raise BrokenPicture("not AV1")
        for part in parts.get(number, ()):
            if part not in shown:
                shown.add(part)
                listed.append(part)
    return shown


def _parts(file: File, found: Items) -> dict[int, list[int]]:
    """Return what each item is made of."""
    parts: dict[int, list[int]] = {}
    alphas = {index for index, each in enumerate(found.properties, 1) if each.kind == b"auxC" and is_alpha(file, each)}
    transparent = {item.number for item in found.items.values() if any(index in alphas for index, _ in item.properties)}
    for kind, number, to in found.references:
        for other in to:
            if kind == b"dimg":
                parts.setdefault(number, []).append(other)
            elif kind == b"auxl" and number in transparent:
                parts.setdefault(other, []).append(number)
    for group in found.groups:
        if found.primary not in group.members:
            continue
        for number in group.members:
            if number in found.items and found.items[number].kind in _FORMS:
                parts.setdefault(found.primary, []).append(number)
    return parts
