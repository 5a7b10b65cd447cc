"""Held-out questions with their right answers, read from JSONL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.runtime import DialectoError

_SHOWN = 20  # broken lines named in one error


@dataclass(frozen=True)
class Question:
    """`accepted` holds every right answer, `answer` first. `value` is the part of the answer
    that matters (a price, a place), if the file names it. `pattern_seen` tells whether its way
    of asking occurs in the training conversations; None when the file does not say."""

    question: str
    answer: str
    accepted: tuple[str, ...]
    fact: str = ""
    value: str = ""
    pattern_seen: bool | None = None


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSONL file, in order.

    Raises DialectoError that names every broken line as file:line, or says that the file is
    missing, is not UTF-8 or holds no question.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise DialectoError(
            f"{path}: the questions cannot be read ({error.strerror}). Mend `evaluate.questions` "
            "in the recipe, or take it out to evaluate without questions."
        ) from error
    except UnicodeDecodeError as error:
        broken = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DialectoError(f"{path}:{broken}: not UTF-8 text; save the file as UTF-8.") from error
    questions, problems = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            questions.append(_parse(line))
        except ValueError as error:
            problems.append(f"{path}:{number}: {error}")
    if problems:
        rest = len(problems) - _SHOWN
        more = [f"... and {rest} more lines"] if rest > 0 else []
        raise DialectoError("\n".join([*problems[:_SHOWN], *more]))
    if not questions:
        raise DialectoError(
            f'{path}: no question in it; a line looks like {{"question": "...", "answer": "..."}}'
        )
    return questions


def _parse(line: str) -> Question:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("not JSON: nested too deeply") from error
    if not isinstance(row, dict):
        raise ValueError(f"an object with `question` and `answer` is needed, not {_kind(row)}")
    question, answer = (_text(row.get(name), name) for name in ("question", "answer"))
    others = row.get("accepted")
    if others is None:
        others = []
    if not isinstance(others, list):
        raise ValueError(f"`accepted` must be a list of answers, not {_kind(others)}")
    accepted = dict.fromkeys([answer, *(_text(other, "accepted") for other in others)])
    seen = row.get("pattern_seen")
    if seen is not None and not isinstance(seen, bool):
        raise ValueError(f"`pattern_seen` must be true or false, not {_kind(seen)}")
    fact, value = row.get("fact"), row.get("value")
    return Question(
        question,
        answer,
        tuple(accepted),
        fact="" if fact is None else str(fact),
        value="" if value is None else _text(value, "value"),
        pattern_seen=seen,
    )


def _text(value: Any, name: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:g}" if isinstance(value, float) else str(value)
    if value is None:
        raise ValueError(f"`{name}` is missing")
    if not isinstance(value, str):
        raise ValueError(f"`{name}` must be text, not {_kind(value)}")
    # A lone surrogate ("\\ud800" in JSON) is no character and cannot be written as UTF-8.
    text = value.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise ValueError(f"`{name}` is empty")
    return text


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return names.get(type(value), "null" if value is None else "a number")
