"""The commands `flask storage setup` and `flask storage check`."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

import click

from app import doctor
from app.cli import plain_errors, storage
from app.services import services
from app.storage import Change

__all__ = ["storage"]

_MARKS: Final = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", None)}
#: Columns of a name.
_NAME: Final = 16


@storage.command("check")
@click.option("--json", "as_json", is_flag=True, help="A JSON list: name, ok (null: does not apply), detail, remedy.")
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Go the whole way of a picture, try what must be refused, and say what is wrong and what mends it.

    Run it where the server runs, with its settings, while it runs. It sends one picture of MAX_UPLOAD_BYTES (25 MiB at
    most), and removes all that it uploads. The exit status is 1 if anything is wrong.
    """
    case = doctor.Case.of(services())
    findings = []
    if not as_json:
        _say_addresses(case)
    for finding in doctor.examine(case):
        findings.append(finding)
        if not as_json:
            _say(finding)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    wrong = sum(finding.ok is False for finding in findings)
    if not as_json:
        click.echo(f"\n{wrong} wrong" if wrong else "\nAll is well")
    context.exit(1 if wrong else 0)


@storage.command("setup")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--no-check", is_flag=True, help="Leave out the check: before what is in front of the store runs.")
@click.pass_context
def setup(context: click.Context, dry_run: bool, no_check: bool) -> None:
    """Create the bucket if it is missing, and set its CORS, public-read policy and expiry rules; then check.

    Shows each change first. What others set stays. Pages of SITE_URL and CORS_ORIGINS may upload. It is safe to run
    this again.
    """
    config, configuration = services().config, services().upkeep.configuration
    origins = config.page_origins
    if not origins:
        raise click.UsageError("Set SITE_URL or CORS_ORIGINS: no page could PUT a picture otherwise.")
    with plain_errors():
        exists = configuration.exists()
        if not exists:
            click.echo(f"bucket: create {config.s3_bucket} in {config.aws_region}")
            if not dry_run:
                configuration.create()
        changes = configuration.plan(origins)
        _say_changes(changes)
        if exists and not any(change.is_needed for change in changes):
            click.echo("Nothing to change.")
        if dry_run:
            return
        for change in changes:
            if change.is_needed:
                configuration.write(change.part.name, change.wanted)
    click.echo(f"{config.s3_bucket}: ready for {', '.join(origins)}\n")
    if not no_check:
        context.invoke(check, as_json=False)


def _say_addresses(case: doctor.Case) -> None:
    """Print what the check talks to."""
    config, links = case.config, case.storage.links
    for name, value in (
        ("bucket", config.s3_bucket),
        ("region", config.aws_region),
        ("endpoint", case.trial.bucket_url),
        ("for browsers", links.bucket_url),
        ("links", links.public_url("…")),
        ("pages", ", ".join(config.page_origins) or "none"),
    ):
        click.echo(f"  {name:<{_NAME}}{value}")
    click.echo()


def _say(finding: doctor.Finding) -> None:
    mark, colour = _MARKS[finding.ok]
    click.echo(f"{click.style(mark, fg=colour)} {finding.name:<{_NAME}}{finding.detail}")
    if finding.remedy:
        click.echo(f"  {'':<{_NAME}}→ {finding.remedy}")


def _say_changes(changes: Iterable[Change]) -> None:
    for change in changes:
        name = change.part.name
        if change.part.is_unknown:
            click.echo(f"{name}: this store has none ({change.part.code}). {doctor.WITHOUT[name]}")
        elif change.is_needed:
            click.echo(f"{name}:")
            for line in difflib.unified_diff(_lines(change.part.found), _lines(change.wanted), n=2, lineterm=""):
                if not line.startswith(("---", "+++", "@@")):
                    click.echo(f"  {line}")


def _lines(value: Any) -> list[str]:
    if isinstance(value, str):
        value = json.loads(value)
    return json.dumps(value, indent=2, sort_keys=True, default=str).splitlines() if value else []
