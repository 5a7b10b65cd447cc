"""The passes over all chunks until every document is judged, for the stage and for previews.

Each does only what is not there yet, so that a killed run goes on at the chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dialecto.corpus.chunks import ChunkTask, StepSettings, parts_of
from dialecto.corpus.global_steps import Work, find_boilerplate
from dialecto.corpus.ocr import KNOWN, find_known_words
from dialecto.corpus.poison.report import name_suspects
from dialecto.corpus.workers import Named, TaskFunction

# do(label, function, tasks): gives the tasks to workers and waits for all of them.
Do = Callable[[str, TaskFunction, Sequence[ChunkTask]], None]
_READ = Named("dialecto.corpus.read", "read_chunk")
_SIGN = Named("dialecto.corpus.sign", "sign_chunk")
_LOOK = Named("dialecto.corpus.poison.scan", "look_chunk")


def read_all(
    tasks: Sequence[ChunkTask], between: Path, settings: StepSettings, do: Do
) -> list[ChunkTask]:
    """Files to documents, and what their judging asks of all of them: lines, known words.

    Returns the tasks of the passes that follow: a chunk of many documents is several by then.
    """
    do("corpus: read", _READ, [t for t in tasks if not t.file("lines").exists()])
    if tasks and not (between / "boilerplate.parquet").exists():
        find_boilerplate(between)
    if tasks and settings.section.repair.ocr and not (between / KNOWN).exists():
        find_known_words(between)
    return parts_of(tasks)


def judge_all(tasks: Sequence[ChunkTask], between: Path, settings: StepSettings, do: Do) -> Work:
    """Every document through the judging steps; what the global steps need to know of them."""
    do("corpus: clean and judge", _SIGN, [t for t in tasks if not t.file("keys").exists()])
    work = Work(tasks, between, settings)
    if tasks and settings.section.poison.enabled:
        name_suspects(work)
        todo = [task for task in tasks if not task.file("looks", "json").exists()]
        do("corpus: look for poison", _LOOK, todo)
    return work
