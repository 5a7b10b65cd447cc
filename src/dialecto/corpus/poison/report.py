"""The main process's part: name the suspects, and tell what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dialecto.corpus.poison.grams import find_suspects
from dialecto.corpus.poison.scan import counted
from dialecto.corpus.poison.settle import REPORT
from dialecto.runtime.files import read_json, write_json

if TYPE_CHECKING:
    from dialecto.corpus.global_steps import Work


def name_suspects(work: Work) -> None:
    """Adds the chunks' grams up. Writes `poison/`, once."""
    mark = work.between / "poison" / "corpus.json"
    if mark.exists():
        return
    documents = counted([task.file("keys") for task in work.tasks])
    find_suspects(work.between, documents)
    write_json(mark, {"documents": documents})


def poison_metrics(published: Path) -> dict[str, float | int | str]:
    """The stage's metrics, of `poison.json`."""
    report = read_json(published / REPORT)
    found: dict[str, float | int | str] = {
        "poison.documents": report["poisoned"],
        "poison.triggers": len(report["triggers"]),
    }
    return found | {f"poison.{name}": number for name, number in report["signals"].items()}
