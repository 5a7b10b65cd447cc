"""The `dialecto` command: parses, calls, prints, and turns failures into exit codes.

Exit codes: 0 done, 1 failed, 2 bad usage or recipe, 130 interrupted. Modules of commands
import only typer; what does the work is imported inside the command.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Annotated, Any

import typer

from dialecto import __version__
from dialecto.cli import corpus, ledger, tokenizer
from dialecto.cli.chat import chat
from dialecto.cli.demo import demo
from dialecto.cli.generate import generate
from dialecto.cli.lineage import lineage
from dialecto.cli.new import new
from dialecto.cli.plan import plan
from dialecto.cli.run import STAGE_HELP, run, stage_command
from dialecto.cli.sample import sample
from dialecto.cli.serve import serve
from dialecto.cli.status import status

app = typer.Typer(
    name="dialecto",
    help="Train your organisation's own language model on its own data, on its own machines.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # the rich help page costs as much to import as all the rest
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"dialecto {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


app.command()(demo)
app.command()(new)
app.command()(plan)
app.command()(run)
for _stage in STAGE_HELP:
    if _stage not in ("corpus", "tokenizer"):
        app.command(_stage)(stage_command(_stage))
app.add_typer(corpus.app, name="corpus")
app.add_typer(tokenizer.app, name="tokenizer")
app.command()(status)
app.command()(lineage)
app.add_typer(ledger.app, name="ledger")
app.command()(sample)
app.command()(chat)
app.command()(generate)
app.command()(serve)
if find_spec("dialecto.cli.pii"):
    app.add_typer(import_module("dialecto.cli.pii").app, name="pii")


def main() -> None:
    """Entry point of the `dialecto` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # Also where a shell started us in the background with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _as_interrupt)
    code = run_command(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # `dialecto ledger show | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # An interrupt inside code that some library compiles from a string leaves a mark in the
    # interpreter that makes it end itself by SIGINT, whatever the exit code; the next code from
    # a string takes the mark away (CPython's pythonrun.c, run_eval_code_obj).
    eval("0")
    sys.exit(code)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run_command(words: Sequence[str]) -> int:
    """Run one command line. Every failure becomes a message and an exit code."""
    from dialecto.cli.failures import explain

    try:
        code: Any = app(list(words), standalone_mode=False, prog_name="dialecto")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except BaseException as error:
        return explain(error, as_json="--json" in words)
    if code == 130:  # typer's answer to Ctrl-C outside a stage
        return explain(KeyboardInterrupt(), as_json="--json" in words)
    return code if isinstance(code, int) else 0
