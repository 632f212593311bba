"""The form that each setting must have, as environs checks it; the messages say what it is."""

import re
from typing import Any

import limits
from marshmallow import ValidationError
from marshmallow.validate import Length, Regexp

# No dot: AWS's certificate for the bucket's own host name would not cover it.
BUCKET = Regexp(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\Z", error="Must be a bucket's name: 3 to 63 of a-z, 0-9 and -.")

HOST = Regexp(
    r"([a-z0-9-]+\.)*[a-z0-9-]+\Z|\[[a-f0-9:.]+\]\Z",
    error="Each must be a host's name like img.example.org or an address like [fd00::5], with no scheme and no port.",
)

DISTRIBUTION = Regexp(r"[A-Z0-9]{8,32}\Z", error="Each must be a distribution's ID, like E2EXAMPLE1ABCD.")

# Fit for an HTTP header, and too long to guess.
ACCESS_TOKEN = Regexp(r"[!-~]{16,}\Z", error="Each must have 16 characters or more, of ASCII, with no spaces.")
SOME = Length(min=1, error="Is set to nothing, which would let everybody in. Leave it out if that is meant.")

LIMITS_STORAGE = Regexp(r"memory://\Z|rediss?://\S+\Z", error="Must be memory:// or like redis://host:6379/0.")


def lower(value: str) -> str:
    """Return a host's name as they are compared."""
    return value.strip().lower()


# Only the form; the system refuses what is no address of this machine.
LISTENING = Regexp(
    r"[A-Za-z0-9.-]+\Z|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+\Z|::\Z",
    error="Must be an address of this machine, like 0.0.0.0 or ::1, or a name of it.",
)


def url(value: str | None) -> None:
    """Refuse what is no address."""
    host = r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    if value and not re.fullmatch(rf"https?://{host}(:\d{{1,5}})?(/[^\s?#]*)?", value):
        raise ValidationError("Must be an address like https://img.example.org/i.")


def origin(value: str | None) -> None:
    """Refuse what is no origin."""
    # No brackets, stars or backslashes: flask-cors would take the origin for a pattern.
    if value and not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", value):
        raise ValidationError("Must be an origin like https://img.example.org, with no path and no slash.")


def check_secret_key(value: str) -> None:
    """Check that each key in SECRET_KEY, or in the embedded store's file, is long enough to sign with.

    Raises:
        ValueError: one is too short; the message says what a key must be.
    """
    if any(len(key.strip()) < 32 for key in value.split(",")):
        raise ValueError("Each must have 32 characters or more; several are separated by commas.")


def report_url(value: str | None) -> None:
    """Refuse what is no address with a place for a picture's link."""
    begin, rest = r"(https://[A-Za-z0-9\[]|mailto:[^\s?@\"<>{}]+@)", r"[^\s\"<>\\^`|{}]*"
    if value is not None and not re.fullmatch(begin + rest + r"\{link\}" + rest, value):
        raise ValidationError(
            "Must begin with https:// or mailto: and have {link} once, where the picture's link goes, like"
            " mailto:abuse@example.org?subject=Report&body={link}."
        )


def secret(value: str) -> None:
    """Refuse keys that are too short; an empty value counts as missing."""
    if value:
        try:
            check_secret_key(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


def shared_secret(value: str | None) -> None:
    """Refuse what is too short to sign with."""
    if value is not None and len(value.strip()) < 32:
        raise ValidationError("Must have 32 characters or more.")


def rate_limit(value: str) -> None:
    """Refuse what `limits` can't read, and a limit of nothing."""
    wrong = ValidationError("Must be like '600 per minute', several separated by ';', or 'off'.")
    if value != "off":
        try:
            parsed = limits.parse_many(value)
        except ValueError as error:
            raise wrong from error
        if any(limit.amount < 1 for limit in parsed):
            raise wrong


def each(validate: Any) -> Any:
    """Return a check of every value in a list."""

    def validate_each(values: list[str]) -> None:
        for value in values:
            validate(value)

    return validate_each
