"""What is printed of a picture, to be pasted elsewhere.

The page makes the same (frontend/src/published/snippets.ts): tests/tables/snippets.json tests both.
"""

import html
import re
import unicodedata

from imghost.wire import Picture


def snippet(form: str, picture: Picture) -> str:
    """Return the text to paste. A file name is untrusted: it must not break out of any format."""
    url = _safe_url(picture.view_url)
    if form == "markdown":
        return f"![{_escape_markdown(alt_text(picture.filename))}]({url})"
    if form == "html":
        alt = _escape_html(alt_text(picture.filename))
        return f'<img src="{_escape_html(url)}" width="{picture.width}" height="{picture.height}" alt="{alt}">'
    if form == "bbcode":
        # No name here: the tag's attributes differ from forum to forum, and so does their escaping.
        return f"[img]{url}[/img]"
    return picture.view_url


def alt_text(filename: str) -> str:
    """Return the file's name without its extension, on one line."""
    stem = re.sub(r"\.[a-z0-9]{1,5}\Z", "", filename, flags=re.IGNORECASE | re.ASCII)
    # Control characters, and those that turn the direction of what follows them.
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+", " ", stem).strip()


def _escape_markdown(text: str) -> str:
    """Escape for the inside of `![…]`.

    Besides the brackets also what binds tighter than they do (code spans, HTML, CommonMark 6.3), and what would be
    taken for emphasis. An underscore inside a word means nothing, so it stays.
    """
    escaped = re.sub(r"[\\`*\[\]~|$]", r"\\\g<0>", text)
    escaped = re.sub("_", lambda found: "_" if _is_inside_a_word(escaped, found.start()) else r"\_", escaped)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_inside_a_word(text: str, at: int) -> bool:
    return all(
        char and unicodedata.category(char)[0] in "LN"
        for char in (text[at - 1 : at] if at else "", text[at + 1 : at + 2])
    )


def _escape_html(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;")


def _safe_url(url: str) -> str:
    """Percent-encode what is allowed in a URL but would end one in Markdown or BBCode."""
    return re.sub(r"[\s\"'()<>\[\]\\]", lambda found: f"%{ord(found[0]):02X}", url)
