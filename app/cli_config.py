"""`flask config`: every setting as the server would use it, and where it comes from."""

import json
import re
import sys
from dataclasses import dataclass, fields
from typing import Final

import click
from flask import Flask

from config import Config, ConfigError, sources

#: What the embedded store and its edge decide where a setting leaves it open.
_EMBEDDED: Final = {
    "S3_BUCKET",
    "AWS_REGION",
    "S3_ENDPOINT_URL",
    "S3_PUBLIC_ENDPOINT_URL",
    "PUBLIC_BASE_URL",
    "SECRET_KEY",
    "SITE_URL",
}
#: What SITE_URL decides on an edge that nothing stands in front of.
_BY_SITE: Final = {"HOST": "127.0.0.1", "PORT": "8000"}
#: Fields of Config that are no settings.
_DERIVED: Final = {"embedded", "edge", "credentials", "store_referer", "neighbours"}


@dataclass(frozen=True)
class Setting:
    """A setting; `value` is for people, and hides what is secret."""

    name: str
    value: str
    source: str


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="An object with the lists `settings` and `problems`.")
def config(*, as_json: bool) -> None:
    """Print every setting, its value, and where it comes from; start nothing.

    Where settings are wrong it prints which, and ends with 1.
    """
    given = sources()
    settings: list[Setting] = []
    problems: dict[str, list[str]] = {}
    try:
        settings = _read(Config.from_env(), given)
    except ConfigError as error:
        problems = error.problems
    wrong = [
        {"name": name, "message": " ".join(messages), "source": given.get(name, "not set")}
        for name, messages in sorted(problems.items())
    ]
    if as_json:
        click.echo(json.dumps({"settings": [vars(setting) for setting in settings], "problems": wrong}, indent=2))
    for each in [] if as_json else settings:
        click.echo(f"{each.name:26}  {each.source:22}  {each.value}")
    for problem in [] if as_json else wrong:
        click.echo(f"{problem['name']} ({problem['source']}): {problem['message']}", err=True)
    sys.exit(1 if wrong else 0)


def alone() -> Flask:
    """Return an app that knows this command only: it works where the settings are wrong, and starts no store."""
    app = Flask(__name__, static_folder=None)
    app.cli.add_command(config)
    return app


def _read(found: Config, given: dict[str, str]) -> list[Setting]:
    names = [field.name.upper() for field in fields(Config) if field.name not in _DERIVED]
    return [
        Setting(name, _value(name, found), given.get(name) or _chosen(name, _value(name, found), found))
        for name in names
    ]


def _chosen(name: str, value: str, found: Config) -> str:
    """Say what decided on a setting that is not set."""
    if name in _BY_SITE and value != _BY_SITE[name]:
        return "chosen from SITE_URL"
    if found.embedded and name in _EMBEDDED:
        return "embedded store"
    return "default"


def _value(name: str, found: Config) -> str:
    """Return a setting for people to read: what the embedded store fills in later, and no secret."""
    value = getattr(found, name.lower())
    match name:
        case "SECRET_KEY":
            if not value:
                return f"(made once, in {found.instance_path})"
            return f"({_count(value.split(','), 'key')}, not shown)"
        case "UPLOAD_TOKENS":
            return f"({_count(value, 'token')}, not shown)" if value else "none: anyone may upload"
        case "VERIFY_SECRET" if value:
            return "(not shown)"
        case "RATE_LIMIT":
            return value or "off"
        case "S3_ENDPOINT_URL" if found.embedded:
            return "(the embedded store's own port)"
        case "S3_PUBLIC_ENDPOINT_URL" if found.embedded:
            return value or str(found.site_url)
        case "PUBLIC_BASE_URL" if found.embedded:
            return value or found.edge_links[0]
        case "S3_ENDPOINT_URL":
            return value or f"(AWS, in {found.aws_region})"
        case "S3_PUBLIC_ENDPOINT_URL":
            return value or "(the address of S3_ENDPOINT_URL)"
        case "PUBLIC_BASE_URL":
            return value or "(the bucket's own address)"
    if value is None or value == []:
        return "none"
    if name == "RATE_LIMIT_STORAGE_URI":
        return re.sub(r"//[^@/]*@", "//(not shown)@", value)
    return ",".join(value) if isinstance(value, list) else str(value)


def _count(values: list[str], what: str) -> str:
    return f"{len(values)} {what}{'' if len(values) == 1 else 's'}"
