"""What stops the command, each with its exit code. Every message is a sentence that says what to do."""

from typing import ClassVar


class Failure(Exception):
    """Something failed for good."""

    exit_code: ClassVar[int] = 1


class Usage(Failure):
    """The command line or a settings file asks for what can't be."""

    exit_code = 2


class TokenRefused(Failure):
    """The server is private, and the access token is wrong or missing."""

    exit_code = 4


class Later(Failure):
    """The server or the store can't do it now; the same command may succeed later."""

    exit_code = 5


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""
