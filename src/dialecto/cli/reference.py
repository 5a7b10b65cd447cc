"""The reference page of the commands, from Typer: `python -m dialecto.cli.reference`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

HEAD = """# Commands

Exit codes: 0 done, 1 failed, 2 bad usage or recipe, 130 interrupted. With `--json` a command
prints one JSON object on standard output and everything else on standard error. This page is
made from the code: `python -m dialecto.cli.reference > docs/reference/cli.md`.
"""


def reference() -> str:
    """Markdown: the help page of every command."""
    os.environ["COLUMNS"] = "100"
    os.environ["TERMINAL_WIDTH"] = "100"
    import typer

    from dialecto.cli.main import app

    return "\n".join([HEAD, *_pages(typer.main.get_command(app), ["dialecto"], None)])


def _pages(command: Any, path: list[str], parent: Any) -> Iterator[str]:
    context = command.context_class(
        command, info_name=path[-1], parent=parent, terminal_width=100, max_content_width=100
    )
    yield f"## `{' '.join(path)}`\n"
    yield f"```\n{command.get_help(context).strip()}\n```\n"
    for name, below in getattr(command, "commands", {}).items():
        yield from _pages(below, [*path, name], context)


if __name__ == "__main__":
    print(reference(), end="")
