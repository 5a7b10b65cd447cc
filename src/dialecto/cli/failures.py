"""What people and programs are told when a command does not succeed."""

from __future__ import annotations

import errno
import os
import tempfile
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from dialecto.cli.output import print_json, say

_NOT_ALLOWED = (errno.EROFS, errno.EACCES, errno.EPERM)


def explain(error: BaseException, *, as_json: bool) -> int:
    """Print the failure, as JSON too if asked, and return the exit code."""
    from dialecto.runtime.errors import DialectoError, Interrupted, RecipeError

    facts: dict[str, Any] = {"error": str(error)}
    if isinstance(error, Interrupted):
        facts["saved"] = str(error.saved) if error.saved else None
        where = f" The work so far is in {error.saved};" if error.saved else ""
        say(f"Interrupted.{where} run the same command again to go on.")
    elif isinstance(error, RecipeError):
        facts["problems"] = [asdict(problem) for problem in error.problems]
        say(str(error))
    elif isinstance(error, DialectoError):
        say(f"Error: {error}")
    elif isinstance(error, KeyboardInterrupt | typer.Abort):
        facts |= {"error": "interrupted", "saved": None}
        say("Interrupted.")
    elif isinstance(error, BrokenPipeError):
        return 0
    elif isinstance(error, OSError) and error.errno in _NOT_ALLOWED and error.filename:
        facts["error"] = _not_allowed(error)
        say(f"Error: {facts['error']}")
    elif hasattr(error, "format_message") and hasattr(error, "show"):  # bad usage
        facts["error"] = error.format_message()
        error.show()
    else:
        facts["error"] = f"{type(error).__name__}: {error}".rstrip(": ")
        facts["log"] = str(_write_log(error))
        say(f"Unexpected error: {facts['error']}. Details: {facts['log']}")
    if as_json:
        print_json(facts)
    return _exit_code(error)


def _not_allowed(error: OSError) -> str:
    """What to do about a file that this user may not read or write."""
    if error.errno == errno.EROFS:
        return (
            f"{error.filename} cannot be written: it lies on a file system that is read-only. "
            "Make it writable, or move the project to one that is."
        )
    return (
        f"{error.filename} cannot be read or written: this user has no permission. Look at the "
        "owner and the rights of it and of its folder."
    )


def _exit_code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return 130
    code = getattr(error, "exit_code", 1)
    return code if isinstance(code, int) else 1


def _write_log(error: BaseException) -> Path:
    """The traceback, in a file that the user can send or keep."""
    from dialecto.runtime.home import user_home

    name = f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    text = "".join(traceback.format_exception(error))
    try:
        path = user_home() / "logs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        path = Path(tempfile.gettempdir()) / name
        path.write_text(text, encoding="utf-8")
    return path
