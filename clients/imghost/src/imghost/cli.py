"""The command line."""

import glob
import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem, get_completion_class

from imghost import __version__, clipboard, settings
from imghost.batch import LONGEST_TITLE, MOST_IN_ALBUM, Outcome, Uploader, exit_code
from imghost.errors import Failure, Usage
from imghost.show import Quiet, Screen, paste, untried
from imghost.sources import of_arguments, of_clipboard
from imghost.text import counted, plain
from imghost.wire import ApiError

Command = TypeVar("Command", bound=Callable[..., Any])


class _Commands(click.Group):
    """Takes whatever is no command for pictures to upload."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `upload` in front of what begins with no command."""
        if args and args[0] not in {*self.commands, "--help", "--version"}:
            args = ["upload", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete to the options of `upload`, to files, or to commands where no file begins like this."""
        if incomplete.startswith("-"):
            with click.Context(upload, parent=ctx) as inner:
                found = [*upload.shell_complete(inner, incomplete), *super().shell_complete(ctx, incomplete)]
            return list({item.value: item for item in found}.values())
        # A shell shows either its own list of files or ours.
        commands = super().shell_complete(ctx, incomplete) if incomplete else []
        is_file = commands and any(Path().glob(f"{glob.escape(incomplete)}*"))
        return commands if commands and not is_file else [CompletionItem(incomplete, type="file")]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name both forms."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] PICTURE...")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options of `upload`, then the commands."""
        with click.Context(upload, parent=ctx) as inner:
            rows = [
                row
                for option in upload.get_params(inner)
                if isinstance(option, click.Option) and (row := option.get_help_record(inner))
            ]
        rows = [*rows[:-1], ("--version", "Show the version and exit."), rows[-1]]
        with formatter.section("Options"):
            formatter.write_dl(rows)
        self.format_commands(ctx, formatter)


def _server_option(command: Command) -> Command:
    return click.option("--server", metavar="URL", help="Use this image host.")(command)


def _choices(command: Command) -> Command:
    """Add what can be chosen for each upload."""
    for option in (
        click.option(
            "--jobs",
            type=click.IntRange(1, settings.MOST_JOBS),
            help=f"Send so many at a time ({settings.JOBS}).",
            metavar="N",
        ),
        click.option("--keep-metadata", is_flag=True, default=None, help="Send location, camera and comments too."),
        click.option("--expires", type=click.Choice(settings.EXPIRIES), help="Remove the pictures after so many days."),
    ):
        command = option(command)
    return command


@click.group(cls=_Commands)
@click.version_option(__version__, message="imghost %(version)s")
def cli() -> None:
    """Upload pictures and print their links.

    PICTURE is a file, a folder, a pattern, the URL of a picture, or - for standard input. Metadata such as the location
    is removed first. A run that was interrupted goes on where it was when the same command is given again.
    """


@cli.command()
@click.argument("pictures", nargs=-1, type=click.Path(), metavar="PICTURE...")
@click.option("--page", "form", flag_value="page", help="Print links to the pictures' pages.")
@click.option("--markdown", "form", flag_value="markdown", help="Print ![name](link).")
@click.option("--html", "form", flag_value="html", help="Print <img> elements.")
@click.option("--bbcode", "form", flag_value="bbcode", help="Print [img]link[/img].")
@click.option("--json", "form", flag_value="json", help="Print all that is known of each picture, delete links too.")
@click.option("--links", "form", flag_value="links", help="Print links, whatever the settings say.")
@_choices
@click.option("--album", metavar="TITLE", help="Make an album of all pictures too, and print its link last.")
@click.option("--paste", "from_clipboard", is_flag=True, help="Upload the picture in the clipboard.")
@click.option("--copy", is_flag=True, default=None, help="Copy what is printed to the clipboard.")
@_server_option
@click.pass_context
def upload(
    ctx: click.Context,
    /,
    pictures: tuple[str, ...],
    form: str | None,
    album: str | None,
    from_clipboard: bool,
    **options: Any,
) -> None:
    """Upload pictures: `imghost PICTURE...` does the same."""
    if not pictures and not from_clipboard:
        raise Usage("Name a picture, - for standard input, or --paste for the clipboard.")
    for name in pictures:
        if name in cli.commands and not Path(name).exists():
            raise Usage(f"There is no file {name}. A command comes first: imghost {name} …")
    chosen = settings.read({"format": form, **options})
    if chosen.copy:
        clipboard.writers()
    uploader = Uploader(chosen)
    sources, skipped = of_arguments(pictures, uploader.http)
    if from_clipboard:
        sources.append(of_clipboard())
    if album is not None:
        _check_album(album, len(sources), chosen.format)
    screen = _screen(chosen.format, len(sources), skipped)
    outcomes = [Outcome(source) for source in sources]
    bound = None
    try:
        with uploader.journal.run() as run:
            with screen:
                limits = uploader.limits(screen.waiting)
                with closing(uploader.upload(sources, limits, run, screen.watch)) as coming:
                    for place, outcome in coming:
                        outcomes[place] = outcome
                        screen.show(place, outcome)
                screen.finish(outcomes)
            sys.stdout.flush()
            code = exit_code(outcomes)
            if not code and not untried(outcomes):
                if album is not None:
                    bound = uploader.bind(album, outcomes, screen.waiting)
                    click.echo(bound)
                    sys.stdout.flush()
                # Every link was handed out, so asking again is meant.
                run.finish()
            elif album is not None:
                click.echo("imghost: No album was made. The same command goes on from here.", err=True)
    except KeyboardInterrupt:
        _end_interrupted(outcomes)
    if chosen.copy:
        links = [bound] if bound else [link for outcome in outcomes if (link := paste(chosen.format, outcome))]
        if links:
            clipboard.write("\n".join(links))
    ctx.exit(code)


def _check_album(title: str, count: int, form: str) -> None:
    if form == "json":
        raise Usage("--album prints a link, so it does not go with --json.")
    if count > MOST_IN_ALBUM:
        raise Usage(f"An album has at most {MOST_IN_ALBUM} pictures; these are {count}.")
    if len(title) > LONGEST_TITLE:
        raise Usage(f"An album's title has at most {LONGEST_TITLE} characters.")


def _screen(form: str, count: int, skipped: int) -> Screen:
    if not sys.stdout.isatty():
        return Quiet(form)
    from imghost.terminal import Terminal

    return Terminal(form, count, skipped)


def _end_interrupted(outcomes: list[Outcome]) -> None:
    """Say what was done and how to go on. Uploads that hang in a call must not keep a person waiting."""
    done = sum(outcome.result is not None for outcome in outcomes)
    sentence = f"Stopped: {done} of {counted(len(outcomes), 'picture')} sent. The same command goes on from there."
    click.echo(f"imghost: {sentence}", err=True)
    sys.stdout.flush()
    os._exit(130)


@cli.command()
@click.argument("links", nargs=-1, required=True, metavar="LINK...")
@click.pass_context
def delete(ctx: click.Context, links: tuple[str, ...]) -> None:
    """Delete pictures or albums for good. They must have been made from this computer. An album leaves its pictures."""
    from imghost.remove import remove

    ctx.exit(remove(links))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print all that is known of each picture, delete links too.")
def history(as_json: bool) -> None:
    """List what was uploaded from this computer, newest first."""
    from imghost.journal import Journal

    entries = Journal(settings.state_folder()).history()
    if as_json:
        rows = [
            {"uploadedAt": _moment(entry.made), "server": entry.server, **entry.picture.as_json()} for entry in entries
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for entry in entries:
        link, name = entry.picture.view_url, plain(entry.picture.filename)
        click.echo(f"{_moment(entry.made)}  {link}  {name}" if sys.stdout.isatty() else link)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "minutes")


@cli.command()
@click.argument("server", required=False, metavar="[SERVER]")
def login(server: str | None) -> None:
    """Choose the image host, and keep its access token.

    The token is asked for and not shown. Where there is no terminal, it is read from standard input. Both are kept in
    a file that only you can read.
    """
    from imghost.enter import enter

    enter(server)


@cli.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=36677, help="Listen here (36677, as PicGo does).", metavar="N"
)
@_choices
@_server_option
def serve(port: int, **options: Any) -> None:
    """Upload for editors on this computer: Typora, Obsidian, VNote.

    Speaks PicGo's protocol on 127.0.0.1. Web pages are refused. Ctrl-C ends it.
    """
    from imghost.serve import Listener

    uploader = Uploader(settings.read(options))
    try:
        listener = Listener(port, uploader)
    except OSError as error:
        raise Failure(f"Port {port} can't be used: {error.strerror}. Is PicGo running, or another imghost?") from error
    with listener:
        click.echo(f"Listening on http://127.0.0.1:{port} for {uploader.settings.server}. Ctrl-C ends it.")
        try:
            listener.serve_forever()
        except KeyboardInterrupt:
            uploader.stop.set()


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  imghost completion bash > ~/.local/share/bash-completion/completions/imghost
    zsh:   imghost completion zsh > ~/.zfunc/_imghost, with ~/.zfunc in $fpath
    fish:  imghost completion fish > ~/.config/fish/completions/imghost.fish
    """  # noqa: D301  (click reads the \\b as a character)
    found = get_completion_class(shell)
    if found is None:
        raise Usage(f"There is no completion for {shell}.")
    click.echo(found(cli, {}, "imghost", "_IMGHOST_COMPLETE").source())


def main() -> None:
    """Run the command; exit with 0, 1 failed, 2 usage, 4 token, 5 try again later, or 130 for Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        # A picture may be called what the terminal has no letters for.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = cli.main(prog_name="imghost", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (Failure, ApiError) as error:
        failure = error.failure() if isinstance(error, ApiError) else error
        click.echo(f"imghost: {failure}", err=True)
        code = failure.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code)
