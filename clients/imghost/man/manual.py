"""The man page, made of the command's own help: `make manual`."""

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from imghost import __version__
from imghost.cli import cli

_AFTER = r"""
.SH EXIT STATUS
.TP
.B 0
Every picture has a link.
.TP
.B 1
Something failed for good.
.TP
.B 2
The command line or a settings file is wrong.
.TP
.B 4
The access token is missing or wrong.
.TP
.B 5
The server can't do it now: try again later.
.TP
.B 130
Ctrl-C. The same command goes on where it was.
.SH ENVIRONMENT
.TP
.B IMGHOST_SERVER
The image host, where \fB\-\-server\fR does not name one.
.TP
.B IMGHOST_TOKEN
The access token of a private image host. It is for the server in \fBIMGHOST_SERVER\fR, if that is set, and goes to no
other. A token is never given on the command line, where other users could read it.
.SH FILES
.TP
.I ~/.config/imghost/config.toml
Settings, in TOML: \fBserver\fR, \fBjobs\fR, \fBexpires\fR, \fBformat\fR ("links", "page", "markdown", "html",
"bbcode" or "json"), \fBkeep_metadata\fR and \fBcopy\fR. The environment wins over it, and the command line over both.
.TP
.I ~/.config/imghost/login.json
What \fBimghost login\fR keeps.
.TP
.I ~/.local/state/imghost/state.sqlite3
The history, with what deletes the pictures, and what an interrupted run has done. On macOS, all of these are in
.IR "~/Library/Application Support/imghost" .
.SH EXAMPLES
.nf
imghost login img.example.org
imghost holiday/ \-\-markdown \-\-copy
flameshot gui \-r | imghost \- \-\-expires 7d
imghost delete $(imghost history | head \-n 1)
.fi
"""


def page() -> str:
    """Return the page in man's own language."""
    context = click.Context(cli, info_name="imghost")
    summary, _, text = (cli.help or "").partition("\n\n")
    return "".join(
        [
            f'.TH IMGHOST 1 "" "imghost {__version__}" "User Commands"\n',
            f".SH NAME\nimghost \\- {_roff(summary[0].lower() + summary[1:].rstrip('.'))}\n",
            ".SH SYNOPSIS\n.B imghost\n[OPTIONS] PICTURE...\n.br\n.B imghost\nCOMMAND [ARGS]...\n",
            f".SH DESCRIPTION\n{_roff(' '.join(text.split()))}\n",
            ".SH OPTIONS\n",
            *_options(cli.commands["upload"], context),
            ".TP\n.B \\-\\-version\nShow the version and exit.\n",
            ".TP\n.B \\-\\-help\nShow the help of imghost, or of a command, and exit.\n",
            ".SH COMMANDS\n",
            *(part for name in cli.list_commands(context) for part in _command(name, context)),
            _AFTER.lstrip("\n"),
        ]
    )


def _command(name: str, parent: click.Context) -> Iterator[str]:
    command = cli.commands[name]
    with click.Context(command, info_name=name, parent=parent) as context:
        usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS {_roff(f'imghost {name} {usage}')}\n"
    for paragraph in cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            yield f".PP\n.nf\n{_roff(paragraph[1:].strip())}\n.fi\n"
        else:
            yield f".PP\n{_roff(' '.join(paragraph.split()))}\n"
    if name != "upload":
        yield from _options(command, parent)


def _options(command: click.Command, parent: click.Context) -> Iterator[str]:
    with click.Context(command, parent=parent) as context:
        for option in command.get_params(context):
            if (
                isinstance(option, click.Option)
                and "--help" not in option.opts
                and (row := option.get_help_record(context))
            ):
                # What click adds in brackets, such as a range, is for the width of a terminal.
                text = re.sub(r"  \[.*\]$", "", row[1])
                yield f".TP\n.B {_roff(row[0])}\n{_roff(text)}\n"


def _roff(text: str) -> str:
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga").replace("~", r"\(ti")
    # A line that begins with one of these would be taken for a request.
    return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)


if __name__ == "__main__":
    click.echo(page(), nl=False)
