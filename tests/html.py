"""A page as a program reads it that shows no page: its elements, its text."""

from html.parser import HTMLParser
from typing import Self

#: Everything that could end a text, an attribute, a tag or a snippet.
HOSTILE = "\"><script>alert(1)</script>' onerror='x](y)[/img]{{7*7}}&quot;</title></style>\u202e.png"
#: https://html.spec.whatwg.org/multipage/syntax.html#void-elements, as far as our pages have them
_VOID = {"meta", "link", "input", "img", "br"}


class Document(HTMLParser):
    """The elements of a page, in their order, each with its attributes; what stands between them."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []

    @classmethod
    def of(cls, page: str) -> Self:
        document = cls()
        document.feed(page)
        document.close()
        assert document._open == [], "elements are not closed"
        return document

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute of <{tag}> is there twice"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def field(self, name: str) -> str:
        """Return the text in a field."""
        return next(attributes["value"] for attributes in self.all("input") if attributes["id"] == name)

    @property
    def metas(self) -> dict[str, str]:
        """What the page says of itself, as Discord reads it: a name or a property, and its content."""
        named = [each for each in self.all("meta") if "content" in each]
        return {each.get("name") or each["property"]: each["content"] for each in named}

    def link(self, rel: str) -> dict[str, str]:
        return next(attributes for attributes in self.all("link") if attributes.get("rel") == rel)
