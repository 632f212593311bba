"""What is in a backup: its entries, and which of them are there."""

from dataclasses import dataclass, field

from app.storage import Upload


@dataclass(frozen=True, slots=True)
class Picture:
    """The entry of a picture: what its uploader declared, and the SHA-256 of its bytes in hexadecimal."""

    upload: Upload
    sha256: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The entry of a delete: the picture that had this key."""

    key: str


class Block(Mark):
    """The entry of blocked bytes: `key` is their SHA-256 in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The entry of an album: its id, and the SHA-256 of what it says; `size` in bytes, none if it was deleted."""

    key: str
    size: int
    sha256: str


Entry = Picture | Mark | Sheet


@dataclass
class Contents:
    """The keys in an archive: of pictures, marks, blocks and albums. `end` is the place behind the last whole entry."""

    pictures: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)
    albums: set[str] = field(default_factory=set)
    end: int = 0

    @property
    def numbers(self) -> dict[str, int]:
        """What the last entry says."""
        # Older versions know neither of the last two.
        later = {"blocked": len(self.blocks), "albums": len(self.albums)}
        return {
            "pictures": len(self.pictures),
            "deleted": len(self.marks),
            **{name: number for name, number in later.items() if number},
        }

    def keys_of(self, entry: Entry) -> set[str]:
        """Return the keys that are there of an entry's kind."""
        kinds = {Picture: self.pictures, Mark: self.marks, Block: self.blocks, Sheet: self.albums}
        return kinds[type(entry)]


def key_of(entry: Entry) -> str:
    """Return what names an entry among those of its kind."""
    return entry.upload.key if isinstance(entry, Picture) else entry.key
