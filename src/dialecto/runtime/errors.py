"""Errors meant for the user: what is wrong, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class DialectoError(Exception):
    """A failure that the user can understand and act on. Exit code 1."""

    exit_code = 1


class BadUsage(DialectoError):
    """A command or call that cannot be meant as it stands. Exit code 2."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a recipe: where it stands and how to mend it."""

    file: str
    line: int
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        hint = f" {self.hint}" if self.hint else ""
        return f"{where}: {self.field}: {self.message}{hint}"


class RecipeError(DialectoError):
    """The recipe is wrong. Carries every problem found, not only the first. Exit code 2."""

    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class Interrupted(DialectoError):
    """The user or the system asked to stop; ``saved`` is where the work can go on from."""

    exit_code = 130

    def __init__(self, saved: Path | None = None) -> None:
        self.saved = saved
        super().__init__(f"interrupted; saved {saved}" if saved else "interrupted")
