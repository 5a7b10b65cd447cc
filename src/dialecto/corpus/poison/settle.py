"""The global step: signals of single documents and triggers of the corpus into verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.chunks import ChunkTask, whole_parquet
from dialecto.corpus.poison.background import Background
from dialecto.corpus.poison.passages import passages
from dialecto.corpus.poison.sightings import read_suspects
from dialecto.corpus.poison.signals import document_signals
from dialecto.corpus.poison.triggers import Trigger, judge_all
from dialecto.corpus.poison.units import Unit, describe, usual_neighbours
from dialecto.corpus.poison.words import Hashes
from dialecto.corpus.table import POISON, QUARANTINED, in_question, with_columns, with_measures
from dialecto.corpus.verdicts import Verdict
from dialecto.runtime.files import read_json, write_json

if TYPE_CHECKING:
    from dialecto.corpus.global_steps import Work

REPORT = "poison.json"  # in the artefact
SURE = 0.5
# In fewer documents chance looks like a plan (in 400 of a template's making a quarter were flagged
# by phrases of usual words): there triggers are shown, as weak signals, and nothing is set aside.
ENOUGH = 3_000
_WEAK = 0.4
_SHOWN = 5  # examples of a trigger, and of a signal of single documents
_BACKGROUND = ("vectors", "windows", "shares", "products", "before", "after")
FINDINGS = pa.schema(
    [
        ("id", pa.string()),
        ("signal", pa.string()),
        ("detail", pa.string()),
        ("score", pa.float64()),
    ]
)


def settle_poison(work: Work) -> list[Verdict]:
    """Quarantines what is poisoned, if that is the policy.

    Writes `poison/findings.parquet` (a row for each document and signal) and, for the artefact,
    `poison.json`.
    """
    section = work.settings.section
    triggers = triggers_of(work.tasks, work.between)
    mask: Callable[[str], str] = str
    if section.pii.enabled and triggers:
        from dialecto.corpus.personal_data import protection_for  # loads all recognisers

        mask = protection_for(work.settings).mask
    counted = work.between / "poison" / "corpus.json"  # absent where there are only conversations
    documents = read_json(counted)["documents"] if counted.exists() else 0
    named = [
        replace(
            trigger,
            text=mask(trigger.text),
            score=trigger.score if _is_enough(trigger, documents) else min(trigger.score, _WEAK),
        )
        for trigger in triggers
    ]
    of_document: dict[int, list[Trigger]] = {}
    for trigger in named:
        for key in trigger.documents:
            of_document.setdefault(key, []).append(trigger)
    rows: list[dict[str, Any]] = []
    single: list[dict[str, Any]] = []
    sources: dict[str, Counter[str]] = {}
    examples: dict[str, list[str]] = {}
    total = 0
    for table in work.documents(["id", "source", "measures", "changes"], in_question):
        total += len(table)
        for row in table.to_pylist():
            found = document_signals(dict(row["measures"] or ()), row["changes"] or ())
            where = {"id": row["id"], "source": row["source"]}
            single += [
                {**where, "signal": signal, "detail": detail, "score": round(score, 3)}
                for signal, detail, score in found
            ]
            for trigger in of_document.get(int(row["id"], 16), ()):
                found.append((trigger.signal, f"«{trigger.text}»", trigger.score))
                sources.setdefault(trigger.text, Counter())[row["source"]] += 1
                shown = examples.setdefault(trigger.text, [])
                if len(shown) < _SHOWN:
                    shown.append(row["id"])
            rows += [
                {"id": row["id"], "signal": signal, "detail": detail, "score": score}
                for signal, detail, score in found
            ]
    folder = work.between / "poison"
    with whole_parquet(folder / "findings.parquet", FINDINGS) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=FINDINGS))
    sure = [row for row in rows if row["score"] >= SURE]
    write_json(
        work.published / REPORT,
        {
            "documents": total,
            "policy": section.poison.policy,
            "sure_from": SURE,
            "enough": documents >= ENOUGH,
            "enough_from": ENOUGH,
            "poisoned": len({row["id"] for row in sure}),
            "signals": dict(sorted(Counter(row["signal"] for row in sure).items())),
            "weak_signals": dict(
                sorted(Counter(row["signal"] for row in rows if row["score"] < SURE).items())
            ),
            "triggers": [_described(t, sources, examples) for t in named],
            "examples": _strongest(single),
        },
    )
    if section.poison.policy != "quarantine":
        return []
    details: dict[str, dict[str, None]] = {}
    for row in sorted(sure, key=lambda row: (row["id"], -row["score"], row["signal"])):
        details.setdefault(row["id"], {})[f"{row['signal']}: {row['detail']}"] = None
    return [
        Verdict(name, QUARANTINED, POISON, "; ".join(list(found)[:3]))
        for name, found in details.items()
    ]


def _is_enough(trigger: Trigger, documents: int) -> bool:
    return documents >= ENOUGH or not trigger.signal.startswith("trigger")


def _strongest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each signal that documents bear by themselves, the surest few: no text, only what it is
    and where."""
    found: list[dict[str, Any]] = []
    for signal in sorted({row["signal"] for row in rows}):
        of_signal = [row for row in rows if row["signal"] == signal]
        of_signal.sort(key=lambda row: (-row["score"], row["id"], row["detail"]))
        found += of_signal[:_SHOWN]
    return found


def _described(
    trigger: Trigger, sources: dict[str, Counter[str]], examples: dict[str, list[str]]
) -> dict[str, Any]:
    share = sources.get(trigger.text, Counter())
    return {
        "text": trigger.text,
        "signal": trigger.signal,
        "documents": len(trigger.documents),
        "score": round(trigger.score, 3),
        "spread": round(trigger.spread, 3),
        "sources": dict(sorted(share.items())),
        "examples": examples.get(trigger.text, []),
    }


def triggers_of(tasks: Sequence[ChunkTask], between: Path) -> list[Trigger]:
    """The triggers in what the workers have seen, surest first."""
    files = [task.file("sightings") for task in tasks]
    looks = [task.file("looks", "json") for task in tasks]
    background = Background.empty()
    kinds: dict[int, int] = {}
    for path in looks:
        seen = read_json(path)
        if seen["documents"]:
            kinds |= {int(gram): kind for gram, kind in seen["classes"].items()}
            vectors, windows, shares, products, before, after = (
                np.array(seen[name], np.int64) for name in _BACKGROUND
            )
            places = {int(place): count for place, count in seen["places"].items()}
            background.add(
                Background(
                    seen["documents"], vectors, windows, shares, products, before, after, places
                )
            )
    if not background.documents:
        return []
    frequent = pq.read_table(between / "poison" / "frequent.parquet")
    classes = np.array([kinds.get(gram, 2) for gram in frequent["gram"].to_pylist()], np.int64)
    usual = (
        usual_neighbours(frequent, background.before, classes, "before"),
        usual_neighbours(frequent, background.after, classes, "after"),
    )
    suspects = read_suspects(between / "poison", background.documents).grams
    return judged(describe(files, background, usual), looks, suspects)


def judged(units: Iterable[Unit], looks: Sequence[Path], suspects: Hashes) -> list[Trigger]:
    """The triggers among some units, whose spelling the files of `looks` know."""
    found = list(units)
    wanted = {unit.gram for unit in found}
    spelt: dict[int, str] = {}
    for path in looks:
        for gram, text in read_json(path)["spellings"].items():
            if int(gram) in wanted:
                spelt.setdefault(int(gram), text)
    named = [replace(unit, text=spelt.get(unit.gram, "")) for unit in found]
    return judge_all(passages(named, suspects))


def mark_step(table: pa.Table, between: Path, policy: str) -> pa.Table:
    """Adds `poison.score` to the measures of the documents with a finding, and `poison:<signal>`
    to the changes of those that the policy only flags."""
    path = between / "poison" / "findings.parquet"
    if not path.exists():
        return table
    rows = pq.read_table(path, filters=pc.field("id").isin(table["id"].combine_chunks()))
    if not len(rows):
        return table
    scores: dict[str, float] = {}
    signals: dict[str, list[str]] = {}
    for row in rows.to_pylist():
        scores[row["id"]] = max(scores.get(row["id"], 0.0), row["score"])
        if row["score"] >= SURE and row["signal"] not in signals.setdefault(row["id"], []):
            signals[row["id"]].append(row["signal"])
    ids = table["id"].to_pylist()
    table = with_measures(table, poison__score=[scores.get(name) for name in ids])
    if policy != "flag":
        return table
    changes = [
        [*(known or ()), *(f"poison:{signal}" for signal in signals.get(name, ()))]
        for name, known in zip(ids, table["changes"].to_pylist(), strict=True)
    ]
    return with_columns(table, changes=changes)
