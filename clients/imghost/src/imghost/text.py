"""What is safe to print: names and answers of others may hold anything."""

import unicodedata


def plain(text: str) -> str:
    """Return `text` on one line, without what would steer a terminal or turn the direction of writing."""
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    # Cc: controls. Cf: the direction of writing. Cs: bytes of a file name that are no UTF-8. Zl, Zp: line breaks.
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char


def size(count: float) -> str:
    """Return a number of bytes for people, in the units that the server's limit is set in."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def counted(count: int, noun: str) -> str:
    """Return `1 picture`, `2 pictures`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
