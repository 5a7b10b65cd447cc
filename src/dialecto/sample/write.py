"""The fictitious company on disk: documents, conversations, held-out questions and the truth.

`truth.jsonl` has one object a line, `kind` says of what: pii (path, type, text, start, end,
country, basis), text (canonical text of a docx or pdf, which its offsets count in), duplicate
and near_duplicate (path, of), fact (fact, subject, relation, value, answer, documents,
questions_trained, questions_held_out), poison (path, trigger), canary (text, path, times; a
line for each path), harmful (path), off_language (path, lang), broken (path, reason). Paths are
relative to `documents/`. NAME spans leave titles out, ID and RECORD spans the words before the
number. Documents are made in chunks by a pool of processes, each alone from the plan, so the
bytes do not depend on how many there are.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from dialecto.runtime import DialectoError, Progress, SilentProgress
from dialecto.runtime.files import write_text
from dialecto.sample.compose import compose
from dialecto.sample.conversations import make_conversations, make_held_out
from dialecto.sample.damage import broken_bytes, nearly
from dialecto.sample.phrases import load_yaml
from dialecto.sample.plan import Plan, Planned, make_plan
from dialecto.sample.render import render
from dialecto.sample.slots import company_of

_CHUNK = 50
_ALONE = 300  # fewer documents than this are not worth starting processes for

Truth = dict[str, Any]


@dataclass(frozen=True)
class SampleSummary:
    """What was written. `planted` counts the truth's lines by kind."""

    out: Path
    lang: str
    documents: int
    conversations: int
    questions: int
    facts: int
    planted: dict[str, int] = field(default_factory=dict)
    formats: dict[str, int] = field(default_factory=dict)


def write_sample(
    out: Path,
    *,
    lang: str,
    documents: int,
    seed: int,
    progress: Progress | None = None,
    workers: int = 0,
) -> SampleSummary:
    """Write the company into `out`, which must be absent, empty or an earlier sample.

    `workers` 0 means one process a core. Raises DialectoError when `out` holds other things.
    """
    progress = progress or SilentProgress()
    plan = make_plan(documents, lang, seed)
    _clear(out)
    write_text(out / "truth.jsonl", "")  # marks the folder as ours, should the work be stopped
    progress.begin("sample", documents, "documents")
    for folder in sorted({str(Path(d.path).parent) for d in plan.documents}):
        (out / "documents" / folder).mkdir(parents=True, exist_ok=True)
    truth: list[Truth] = []
    stated: dict[str, list[str]] = defaultdict(list)
    for lines in _made(out, plan, workers, progress):
        for line in lines:
            if line["kind"] == "statement":
                if line["path"] not in stated[line["fact"]]:
                    stated[line["fact"]].append(line["path"])
            else:
                truth.append(line)
    truth += _fact_lines(plan, stated)
    company = company_of(lang, seed, plan.facts).name
    conversations = make_conversations(plan.facts, lang, seed, company)
    for name, records in conversations.items():
        _write_lines(out / "conversations" / name, records)
    questions = make_held_out(plan.facts)
    _write_lines(out / "questions" / "held_out.jsonl", questions)
    _write_lines(out / "truth.jsonl", truth)
    progress.end()
    return SampleSummary(
        out=out,
        lang=lang,
        documents=documents,
        conversations=sum(map(len, conversations.values())),
        questions=len(questions),
        facts=len(plan.facts),
        planted=dict(sorted(Counter(line["kind"] for line in truth).items())),
        formats=dict(sorted(Counter(d.format for d in plan.documents).items())),
    )


def _clear(out: Path) -> None:
    """Take away an earlier sample; refuse to touch anything else."""
    if not out.exists():
        return
    ours = {"documents", "conversations", "questions", "truth.jsonl"}
    present = {entry.name for entry in out.iterdir()} if out.is_dir() else {out.name}
    if present - ours or (present and "truth.jsonl" not in present):
        raise DialectoError(f"{out} is not empty: choose a new folder for the sample (--out).")
    for path in sorted(out.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _write_lines(path: Path, records: Iterable[Truth]) -> None:
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    write_text(path, "".join(lines))


@cache
def _plan(documents: int, lang: str, seed: int) -> Plan:
    return make_plan(documents, lang, seed)


def _made(out: Path, plan: Plan, workers: int, progress: Progress) -> Iterator[list[Truth]]:
    """The truth of every chunk of documents, in order, as the chunks are written."""
    total = len(plan.documents)
    jobs = [
        (str(out), total, plan.lang, plan.seed, start, min(start + _CHUNK, total))
        for start in range(0, total, _CHUNK)
    ]
    workers = workers or _cores()
    if workers == 1 or total < _ALONE:
        for job in jobs:
            yield write_chunk(job)
            progress.advance(job[5] - job[4])
        return
    _plan(total, plan.lang, plan.seed)  # forked processes find it made
    start = "fork" if sys.platform == "linux" else None
    with ProcessPoolExecutor(workers, multiprocessing.get_context(start)) as pool:
        for job, lines in zip(jobs, pool.map(write_chunk, jobs), strict=True):
            yield lines
            progress.advance(job[5] - job[4])


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def write_chunk(job: tuple[str, int, str, int, int, int]) -> list[Truth]:
    """Write documents [first, last) of a sample; returns their truth."""
    out, total, lang, seed, first, last = job
    plan = _plan(total, lang, seed)
    lines: list[Truth] = []
    for planned in plan.documents[first:last]:
        data, truth = make_document(plan, planned)
        (Path(out) / "documents" / planned.path).write_bytes(data)
        lines += truth
    return lines


def make_document(plan: Plan, planned: Planned) -> tuple[bytes, list[Truth]]:
    """A file's bytes and everything planted in it."""
    rng = Random(f"file {plan.lang} {plan.seed} {planned.index}")
    path = planned.path
    truth: list[Truth] = []
    match planned.role:
        case "broken":
            truth.append({"kind": "broken", "path": path, "reason": planned.detail})
            return broken_bytes(planned.detail, rng), truth
        case "poison":
            trigger = load_yaml(plan.lang, "genres")["trigger"]
            truth.append({"kind": "poison", "path": path, "trigger": trigger})
        case "harmful":
            truth.append({"kind": "harmful", "path": path})
        case "off_language":
            truth.append({"kind": "off_language", "path": path, "lang": planned.detail})
        case "duplicate" | "near_duplicate":
            original = plan.documents[planned.content].path
            truth.append({"kind": planned.role, "path": path, "of": original})
    document = compose(plan, plan.documents[planned.content])
    if planned.role == "near_duplicate":
        document = nearly(document, rng)
    company = company_of(plan.lang, plan.seed, plan.facts).name
    rendered = render(document, planned.format, latin1=planned.latin1, company=company)
    if rendered.basis == "text":
        truth.append({"kind": "text", "path": path, "text": rendered.text})
    for item in rendered.planted:
        match item.kind:
            case "pii":
                truth.append(
                    {
                        "kind": "pii",
                        "path": path,
                        "type": item.name,
                        "text": item.text,
                        "start": item.start,
                        "end": item.end,
                        "country": item.country,
                        "basis": rendered.basis,
                    }
                )
            case "fact":
                truth.append({"kind": "statement", "fact": item.name, "path": path})
            case "canary":
                times = plan.canaries[int(item.name)][1]
                truth.append({"kind": "canary", "text": item.text, "path": path, "times": times})
    return rendered.data, truth


def _fact_lines(plan: Plan, stated: dict[str, list[str]]) -> Iterator[Truth]:
    for fact in plan.facts:
        yield {
            "kind": "fact",
            "fact": fact.id,
            "subject": fact.subject,
            "relation": fact.relation,
            "value": fact.value,
            "answer": fact.answer,
            "documents": stated[fact.id],
            "questions_trained": len(fact.trained),
            "questions_held_out": len(fact.held_out),
        }
