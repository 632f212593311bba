"""What a client sends in one request: pictures, each in a file on disk, and text fields. Nothing is whole in memory."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from app.errors import InvalidRequest
from app.spool import Spool

#: The form fields that pictures may come in, as the programs that people have name them.
PICTURE_FIELDS: Final = ("file", "files", "list", "image", "source")
MAX_PICTURES: Final = 20
#: Text fields of one request, and bytes of each.
MAX_FIELDS: Final = 20
MAX_FIELD_BYTES: Final = 1024
#: Bytes that a form may have beside its pictures: boundaries, headers, text fields.
FRAME_BYTES: Final = 48 * 1024
#: Characters of a file name, as in `init`.
MAX_FILENAME: Final = 255
#: Characters of a boundary. RFC 2046 allows 70, and programs exist that make more: werkzeug's own client now and then.
MAX_BOUNDARY: Final = 200
#: Bytes to read at a time; bytes of the headers of one part, and of what is outside of all parts.
_PIECE: Final = 64 * 1024
_MAX_HEAD: Final = 8 * 1024

#: Looks at the text fields that came before the first picture, and raises if it may not come.
Admit = Callable[[dict[str, str]], object]
#: Is told of each picture after the first.
Count = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture as its client sent it; `name` is what the client calls it, if anything."""

    spool: Spool
    field: str
    name: str | None


class Form:
    """The pictures and fields of one request, read once; the pictures are gone when the form is closed."""

    def __init__(self, folder: Path | None, limit: int, most: int, admit: Admit, count: Count) -> None:
        """Read nothing yet.

        Args:
            folder: where pictures lie, None for the system's folder of temporary files.
            limit: bytes that all pictures may have together.
            most: pictures that there may be.
            admit: see `Admit`.
            count: see `Count`.
        """
        self.pictures: list[Sent] = []
        self.fields: dict[str, str] = {}
        self._folder = folder
        self._left = self._limit = limit
        self._most = most
        self._admit = admit
        self._count = count
        self._spools = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._spools.close()

    @property
    def size(self) -> int:
        """The bytes of all pictures."""
        return self._limit - self._left

    def read_raw(self, body: IO[bytes], name: str | None) -> None:
        """Read a body that is a picture.

        Raises:
            RequestEntityTooLarge: it is longer than the limit.
            InvalidRequest: it is empty.
            StoreFull: the disk is full.
        """
        self._begin("file", name)
        while data := body.read(_PIECE):
            self._add(data)
        self._end()

    def read_multipart(self, body: IO[bytes], boundary: str) -> None:
        """Read a body that is multipart/form-data (RFC 7578).

        Raises:
            BadRequest: it is not.
            RequestEntityTooLarge: the pictures, or what is around them, are longer than their limit.
            InvalidRequest: a field is wrong, or there are too many.
            StoreFull: the disk is full.
        """
        if not (re.fullmatch(r"[ -~]+", boundary) and len(boundary) <= MAX_BOUNDARY):
            raise BadRequest("The Content-Type names no boundary, or one that is none (RFC 2046, 5.1.1).")
        text: list[bytes] = []
        current: Field | File | None = None
        for event in _events(body, boundary):
            match event:
                case File() | Field():
                    current, text = event, []
                    self._open(event)
                case Data() if isinstance(current, File):
                    self._add(event.data)
                    if not event.more_data:
                        self._end()
                case Data() if isinstance(current, Field):
                    text.append(event.data)
                    if sum(map(len, text)) > MAX_FIELD_BYTES:
                        raise InvalidRequest(_named(current), f"Must be at most {MAX_FIELD_BYTES} bytes.")
                    if not event.more_data:
                        self.fields[current.name] = _decoded(current.name, b"".join(text))
        if not self.pictures:
            self._admit(self.fields)
            raise InvalidRequest("file", "Send a picture in a field of this name.")

    def _open(self, part: Field | File) -> None:
        """Look at the name of a part before its bytes come."""
        name = _named(part)
        if isinstance(part, File):
            if name not in PICTURE_FIELDS:
                raise InvalidRequest(name, f"Pictures come in the fields {', '.join(PICTURE_FIELDS)}.")
            self._begin(name, part.filename)
        elif name in PICTURE_FIELDS:
            raise InvalidRequest(name, "Has no file name, so it is no file.")
        elif name in self.fields:
            raise InvalidRequest(name, "Is there twice.")
        elif len(self.fields) == MAX_FIELDS:
            raise InvalidRequest(name, f"At most {MAX_FIELDS} fields may come with the pictures.")

    def _begin(self, field: str, name: str | None) -> None:
        if not self.pictures:
            self._admit(self.fields)
        else:
            self._count()
        if len(self.pictures) == self._most:
            raise InvalidRequest(field, f"One request may carry {self._most} pictures at most.")
        spool = self._spools.enter_context(Spool(self._folder))
        self.pictures.append(Sent(spool, field, (name or "")[-MAX_FILENAME:] or None))

    def _add(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise too_large(self._limit)
        self.pictures[-1].spool.write(data)

    def _end(self) -> None:
        if not self.pictures[-1].spool.size:
            raise InvalidRequest(self.pictures[-1].field, "The file is empty.")


def too_large(limit: int) -> RequestEntityTooLarge:
    """Return the refusal of pictures that are too large together; `limit` is in bytes."""
    return RequestEntityTooLarge(f"The pictures of one request may have {limit} bytes together.")


def _events(body: IO[bytes], boundary: str) -> Iterator[Field | File | Data]:
    """Yield what a multipart body consists of, and read it to its end.

    Raises:
        BadRequest: it is none, or too much of it is in no part.
    """
    decoder = MultipartDecoder(boundary.encode())
    # Where a piece ends so, werkzeug 3.1 takes the \r before the last boundary for a part's data.
    closing = f"--{boundary}-".encode()
    while True:
        data = body.read(_PIECE)
        while (decoder.buffer[-len(closing) :] + data).endswith(closing) and (more := body.read(1)):
            data += more
        try:
            decoder.receive_data(data or None)
            while not isinstance(event := decoder.next_event(), NeedData):
                if isinstance(event, Epilogue):
                    return
                if isinstance(event, File | Field | Data):
                    yield event
        except ValueError as error:
            raise BadRequest("The body is not multipart/form-data as RFC 7578 describes it, or ended early.") from error
        if len(decoder.buffer) > _MAX_HEAD:
            raise BadRequest(f"The headers of a part, and what is outside of all parts, may have {_MAX_HEAD} bytes.")


def _named(part: Field | File) -> str:
    """Return the name of a part.

    Raises:
        BadRequest: it has none.
    """
    if not part.name:
        raise BadRequest("Every part of a form needs a name.")
    return part.name


def _decoded(name: str, text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(name, "Must be UTF-8.") from error
