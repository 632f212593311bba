"""Files without a name, for what has no file of its own."""

import tempfile
from collections.abc import Callable
from typing import BinaryIO


def filled(write: Callable[[BinaryIO], object]) -> BinaryIO:
    """Return a file that `write` has filled. Whoever gets it closes it; it is gone then."""
    file = tempfile.TemporaryFile()
    try:
        write(file)
        file.flush()
    except BaseException:
        file.close()
        raise
    return file
