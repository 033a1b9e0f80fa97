"""The verbs of the command line, one a file: ``verbs/plan.py`` is ``cloudplan plan``.

Each holds ``VERB``, a :class:`Verb` that says its arguments and options, and the function that makes one call into the
floors below, whose modules it imports only when it runs: to show help, nothing heavy is loaded. The words of the help
are in the catalogues: ``cli.<verb>.about`` and ``cli.<verb>.<parameter>``.
"""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from cloudplan.errors import BadInput, Usage
from cloudplan.findings import Finding
from cloudplan.i18n import ALSO, LANGUAGES
from cloudplan.screen import Screen


class _Language(click.Choice[str]):
    """A language by its code, or by another name for it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        return super().convert(ALSO.get(value, value), param, ctx)


def common_options() -> list[click.Parameter]:
    """Make the options that every verb has; :meth:`cloudplan.cli.asked` reads their values."""
    return [
        click.Option(["--lang"], type=_Language(LANGUAGES), expose_value=False),
        click.Option(["--json"], is_flag=True, expose_value=False),
        click.Option(["--debug"], is_flag=True, expose_value=False),
        click.Option(["--help"], is_flag=True, is_eager=True, expose_value=False, callback=_show_help),
    ]


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        print(ctx.get_help())
        ctx.exit()


class Helped(click.Command):
    """A command whose help is worded by the catalogues, in the language of the :class:`Screen` it is called with."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write usage, what the command does, and its arguments and options."""
        screen: Screen = ctx.obj
        self._usage(screen, ctx, formatter)
        formatter.write(f"\n{screen.say(self._about())}\n")
        for title, kind in (("cli.help.arguments", click.Argument), ("cli.help.options", click.Option)):
            rows = [(shown(p, ctx), self._meaning(screen, p)) for p in self.get_params(ctx) if isinstance(p, kind)]
            write_rows(formatter, screen.say(title), rows)

    def _about(self) -> str:
        return f"cli.{self.name}.about"

    def _usage(self, screen: Screen, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = [shown(p, ctx) for p in self.params if isinstance(p, click.Argument)]
        pieces += [f"{p.opts[0]} {p.metavar}" for p in self.params if isinstance(p, click.Option) and p.required]
        usage = screen.say("cli.help.usage", command=ctx.command_path, arguments=" ".join(pieces))
        formatter.write(f"{usage}\n")

    def _meaning(self, screen: Screen, param: click.Parameter) -> str:
        own = param in self.params and param.expose_value
        return screen.say(f"cli.{self.name if own else 'common'}.{param.name}")


class Verb(Helped):
    """One verb.

    Parameters
    ----------
    name
        Its name on the command line, that of its file.
    run
        Called with the :class:`Screen` and the parameters by name.
    params
        Its own arguments and options; those every verb has are added.
    """

    def __init__(self, name: str, run: Callable[..., None], params: Sequence[click.Parameter]) -> None:
        super().__init__(name, callback=run, params=[*params, *common_options()], add_help_option=False)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse arguments that are left over."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        for param in self.get_params(ctx):
            if (
                isinstance(param, click.Option)
                and not param.is_flag
                and self._is_option(ctx.params.get(param.name or ""))
            ):
                raise Usage([Finding("cli.usage.option_value", values={"option": param.opts[-1]})])
        if rest:
            raise Usage([Finding("cli.usage.extra", values={"given": rest, "verb": self.name})])
        return rest

    def _is_option(self, value: Any) -> bool:
        """Whether a value is the next option, which click takes for it where the value itself is missing."""
        return isinstance(value, (str, Path)) and any(str(value) in param.opts for param in self.params)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb."""
        assert self.callback is not None
        return self.callback(ctx.obj, **ctx.params)


def refuse_unwritable(out: Path, inside: bool = False) -> None:
    """Refuse a path that nothing can be written to, before anything is worked out that would be lost.

    Parameters
    ----------
    out
        The path; findings name it as the user did.
    inside
        Whether files are made in it, and not itself beside others.

    Raises
    ------
    BadInput
        If it lies below a file.
    OSError
        If its nearest folder that is there can't be written to.
    """
    place = out if inside else out.parent
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise BadInput([Finding("cli.file.below_file", values={"path": str(out), "file": str(place)})])
    try:
        if not inside and out.is_file():
            out.open("ab").close()
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(out)) from error


def write_rows(formatter: click.HelpFormatter, title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Write a titled list in two columns, counting a Chinese character as two."""
    rows = list(rows)
    if rows:
        width = max(_width(term) for term, _ in rows)
        formatter.write(f"\n{title}\n")
        for term, meaning in rows:
            lines = meaning.strip().split("\n")
            formatter.write(f"  {term}{' ' * (width - _width(term))}  {lines[0]}\n")
            for line in lines[1:]:
                formatter.write(f"{' ' * (width + 4)}{line}\n")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def shown(param: click.Parameter, ctx: click.Context) -> str:
    """Write a parameter as the user writes it."""
    if isinstance(param, click.Argument):
        return param.make_metavar(ctx)
    names = ", ".join(param.opts)
    takes_value = isinstance(param, click.Option) and not param.is_flag
    return f"{names} {param.make_metavar(ctx)}" if takes_value else names
