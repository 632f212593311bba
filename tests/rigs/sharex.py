"""What ShareX 19 does with a custom uploader: its file, one request, and what the history keeps.

By ShareX's CustomUploaderItem.cs and ShareXCustomUploaderSyntaxParser.cs: only what our file uses, and an error for all
else, so that nothing is taken for granted.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import requests

#: Files of this version and older are not read; those up to the second one have another syntax, and are rewritten.
_TOO_OLD, _MIGRATED = (12, 3, 1), (13, 7, 1)


@dataclass(frozen=True)
class Outcome:
    """What a person gets: the addresses, or a sentence; what is missing is empty."""

    url: str
    deletion_url: str
    error: str


class Uploader:
    """A `.sxcu` file, as ShareX reads it.

    Raises:
        ValueError: ShareX would not take it, or it uses something that this rig does not know.
    """

    def __init__(self, text: str) -> None:
        item: dict[str, Any] = json.loads(text)
        version = tuple(int(part) for part in item.pop("Version").split("."))
        if version <= _TOO_OLD:
            raise ValueError("too old")
        if version <= _MIGRATED:
            raise ValueError("would be rewritten from $…$")
        self.name = item.pop("Name")
        if item.pop("DestinationType") != "ImageUploader":
            raise ValueError("not for pictures")
        self._method = item.pop("RequestMethod", "POST")
        self._address = item.pop("RequestURL")
        self._headers: dict[str, str] = item.pop("Headers", {})
        if item.pop("Body") != "MultipartFormData":
            raise ValueError("another body")
        self._field = item.pop("FileFormName")
        self._url = item.pop("URL", "")
        self._deletion_url = item.pop("DeletionURL", "")
        self._error = item.pop("ErrorMessage", "")
        if item:
            raise ValueError(f"unknown: {sorted(item)}")

    def upload(self, name: str, content: bytes, content_type: str) -> Outcome:
        """Send a picture, and read the answer."""
        for value in [self._address, *self._headers.values()]:
            if re.search(r"[%{}\\|]", value):
                raise ValueError("ShareX's parser would change this")
        answer = requests.request(
            self._method,
            self._address,
            headers={"User-Agent": "ShareX/19.0.2", **self._headers},
            files={self._field: (name, content, content_type)},
            timeout=60,
        )
        if not answer.ok:
            # The addresses are read on success alone, and the sentence on failure alone.
            return Outcome("", "", _fill(self._error, answer.text))
        return Outcome(_fill(self._url, answer.text), _fill(self._deletion_url, answer.text), "")


def _fill(pattern: str, answer: str) -> str:
    """Replace each {json:path} by what JSONPath finds in the answer."""

    def found(match: re.Match[str]) -> str:
        name, _, path = match[1].partition(":")
        if name != "json":
            raise ValueError(f"unknown function: {name}")
        return str(_select(json.loads(answer), path))

    filled = re.sub(r"\{([^{}]*)\}", found, pattern)
    if re.search(r"[%\\|]", pattern):
        raise ValueError("ShareX's parser would change this")
    return filled


def _select(value: Any, path: str) -> Any:
    """Follow a JSONPath of names and indexes; ShareX gets an empty text for what is not there."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path.removeprefix("$")):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return ""
    return value
