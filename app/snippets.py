"""The text to paste elsewhere, as a picture's page offers it.

The front end makes the same (frontend/src/published/snippets.ts), and so does the command imghost:
tests/tables/snippets.json tests all three. A file name is untrusted: it must not break out of any format.
"""

import html
import re
import unicodedata


def markdown(link: str, filename: str) -> str:
    """Return a picture in Markdown."""
    return f"![{_escape_markdown(alt_text(filename))}]({_safe_url(link)})"


def markup(link: str, filename: str, width: int, height: int) -> str:
    """Return a picture in HTML; width and height are in pixels."""
    source, alt = _escape_html(_safe_url(link)), _escape_html(alt_text(filename))
    return f'<img src="{source}" width="{width}" height="{height}" alt="{alt}">'


def bbcode(link: str) -> str:
    """Return a picture in BBCode, without its name: the tag's attributes differ from forum to forum."""
    return f"[img]{_safe_url(link)}[/img]"


def alt_text(filename: str) -> str:
    """Return the file's name without its extension, on one line."""
    stem = re.sub(r"\.[a-z0-9]{1,5}\Z", "", filename, flags=re.IGNORECASE | re.ASCII)
    # Control characters, and those that turn the direction of what follows them.
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+", " ", stem).strip()


def _escape_markdown(text: str) -> str:
    """Escape for the inside of `![…]`: what binds tighter than its brackets, and what would be taken for emphasis.

    An underscore inside a word means nothing, so it stays.
    """
    escaped = re.sub(r"[\\`*\[\]~|$]", r"\\\g<0>", text)
    escaped = re.sub("_", lambda found: "_" if _is_inside_a_word(escaped, found.start()) else r"\_", escaped)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_inside_a_word(text: str, at: int) -> bool:
    around = (text[at - 1 : at] if at else "", text[at + 1 : at + 2])
    return all(character and unicodedata.category(character)[0] in "LN" for character in around)


def _escape_html(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;")


def _safe_url(url: str) -> str:
    """Percent-encode what is allowed in a URL but would end one in Markdown or BBCode."""
    return re.sub(r"[\s\"'()<>\[\]\\]", lambda found: f"%{ord(found[0]):02X}", url)
