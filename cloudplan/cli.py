"""The command line: finds the verb, and turns every failure into findings and an exit status.

Exit status: 0 done; 1 bad input; 2 usage; 3 infeasible; 4 a limit ran out with no answer; 70 a fault of cloudplan
itself; as shells have it, 130 stopped by the user, 141 its reader has gone.
Nothing heavy is imported here, nor by a verb's help.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import click

from cloudplan import __version__
from cloudplan.errors import BadInput, CloudplanError, Usage
from cloudplan.findings import Finding
from cloudplan.i18n import ALSO, DEFAULT, LANGUAGES
from cloudplan.screen import Screen
from cloudplan.verbs import Helped, common_options, shown, write_rows

VERBS = ("new", "survey", "intake", "check", "plan", "explain", "compare", "report")
"""The verbs in the order of their use; each is the module of the same name in :mod:`cloudplan.verbs`."""


CLOSED = 141
"""Exit status where the reader of the output has gone: that of a program which SIGPIPE ended, as shells tell it."""


class Fault(CloudplanError):
    """Something that cloudplan's authors must mend (exit 70, as sysexits.h has it)."""

    exit_status = 70


class CommandLine(Helped, click.Group):
    """``cloudplan`` itself: its verbs are imported when they are called."""

    def __init__(self) -> None:
        version = click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version)
        super().__init__(
            "cloudplan",
            params=[version, *common_options()],
            callback=_help_without_verb,
            add_help_option=False,
            no_args_is_help=True,
            invoke_without_command=True,
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs without importing them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb."""
        if cmd_name not in VERBS:
            return None
        verb: click.Command = import_module(f"cloudplan.verbs.{cmd_name}").VERB
        return verb

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the tool is for, its verbs, the options and the exit statuses."""
        screen: Screen = ctx.obj
        usage = screen.say("cli.help.usage", command="cloudplan", arguments=screen.say("cli.help.verb"))
        formatter.write(f"{usage}\n")
        formatter.write(f"\n{screen.say('cli.cloudplan.about')}\n")
        write_rows(formatter, screen.say("cli.help.verbs"), [(v, screen.say(f"cli.{v}.about")) for v in VERBS])
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        rows = [(shown(p, ctx), screen.say(f"cli.common.{p.name}")) for p in options]
        write_rows(formatter, screen.say("cli.help.options"), rows)
        statuses = [(str(status), screen.say(f"cli.exit.{status}")) for status in (0, 1, 2, 3, 4, 70)]
        write_rows(formatter, screen.say("cli.help.exits"), statuses)
        formatter.write(f"\n{screen.say('cli.cloudplan.more')}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv
        Arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        The exit status.
    """
    try:
        status = _main(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        _close_to_nobody()
        return CLOSED
    return status


def _main(argv: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a character still shows the rest
    screen = asked(argv, os.environ)
    try:
        _refuse_language(os.environ)
        command = CommandLine()
        # not click's own main(): it ends a closed pipe with the status of bad input
        with command.make_context("cloudplan", argv, obj=screen) as ctx:
            command.invoke(ctx)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return Usage.exit_status
    except BrokenPipeError:
        raise
    except (click.Abort, KeyboardInterrupt):
        print(screen.say("cli.stopped"), file=sys.stderr)
        return 130
    except Exception as error:
        if screen.debug:
            import traceback

            traceback.print_exc()
        return screen.failure(_as_findings(error))
    return 0


def _close_to_nobody() -> None:
    """Turn the streams whose reader has gone to nowhere: nothing more to say, at the interpreter's end either."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def asked(argv: Sequence[str], environment: Mapping[str, str]) -> Screen:
    """Find out how to speak before anything is parsed, so that a wrong command line is answered in the right language.

    Parameters
    ----------
    argv
        The arguments, in any order.
    environment
        Where ``CLOUDPLAN_LANG`` may name the language.
    """
    language = environment.get("CLOUDPLAN_LANG", "")
    for word, following in pairwise([*argv, ""]):
        if word == "--lang":
            language = following
        elif word.startswith("--lang="):
            language = word.removeprefix("--lang=")
    language = ALSO.get(language, language)
    language = language if language in LANGUAGES else DEFAULT
    return Screen(language, as_json="--json" in argv, debug="--debug" in argv)


def _refuse_language(environment: Mapping[str, str]) -> None:
    given = environment.get("CLOUDPLAN_LANG", "")
    if given and ALSO.get(given, given) not in LANGUAGES:
        values = {"option": "CLOUDPLAN_LANG", "allowed": LANGUAGES}
        raise Usage([Finding("cli.usage.choice", values=values)])


def _as_findings(error: Exception) -> CloudplanError:
    match error:
        case CloudplanError():
            return error
        case click.UsageError():
            return Usage([_usage(error)])
        case OSError():
            return BadInput([_file(error)])
        case _:
            return Fault([Finding("cli.fault", values={"kind": type(error).__name__, "text": str(error)})])


def _usage(error: click.UsageError) -> Finding:
    match error:
        case click.exceptions.NoSuchCommand():
            import difflib

            near = difflib.get_close_matches(error.command_name, VERBS) or VERBS
            return Finding("cli.usage.verb", values={"given": error.command_name, "maybe": near})
        case click.exceptions.NoSuchOption():
            values = {"given": error.option_name, "maybe": error.possibilities or ["--help"]}
            return Finding("cli.usage.option", values=values)
        case click.exceptions.BadOptionUsage():
            return Finding("cli.usage.option_value", values={"option": error.option_name})
        case click.exceptions.MissingParameter() if error.param is not None:
            return Finding("cli.usage.missing", values={"parameter": _name(error.param, error.ctx)})
        case click.exceptions.BadParameter() if error.param is not None:
            option, kind = _name(error.param, error.ctx), error.param.type
            if isinstance(kind, click.Choice):
                return Finding("cli.usage.choice", values={"option": option, "allowed": kind.choices})
            return Finding("cli.usage.number", values={"option": option})
        case _:
            return Finding("cli.usage.other", values={"text": error.format_message()})


def _file(error: OSError) -> Finding:
    path = error.filename if isinstance(error.filename, str) else os.fspath(error.filename or "")
    for kind, message in (
        (FileNotFoundError, "cli.file.missing"),
        (PermissionError, "cli.file.denied"),
        (IsADirectoryError, "cli.file.is_folder"),
        (NotADirectoryError, "cli.file.not_folder"),
        (FileExistsError, "cli.file.exists"),
    ):
        if isinstance(error, kind):
            return Finding(message, values={"path": path})
    return Finding("cli.file.other", values={"path": path, "reason": error.strerror or str(error)})


def _name(param: click.Parameter, ctx: click.Context | None) -> str:
    return param.opts[-1] if isinstance(param, click.Option) or ctx is None else param.make_metavar(ctx)


def _help_without_verb() -> None:
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        raise click.exceptions.NoArgsIsHelpError(ctx)


def _version(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        print(f"cloudplan {__version__}")
        ctx.exit()
