"""What became of a document and why, step by step, in the words of the recipe's language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.contamination import REASON as CONTAMINATED
from dialecto.corpus.views.artefact import excerpts, find_rows, lineage_rows
from dialecto.reporting.texts import Words, catalogue

HELD_OUT = re.compile(r"shares a passage with (\w+)(?:-\d{4})?, held out")  # as `outputs` says it
_COPIES = ("exact_duplicate", "near_duplicate")
# What is noted in `changes` before a colon, or alone, to the step that notes it; else: reading.
_STEP_OF_CHANGE = {
    "boilerplate": "boilerplate",
    "harm": "harm",
    "quality": "quality",
    "paragraphs": "paragraphs",
    "poison": "poison",
    "foreign": "foreign",
    "ocr": "ocr",
    "parts_repeated": "split",
    "parts_held_out": "split",
}
_STEP_OF_REASON = {
    "too_short": "length",
    "language": "language",
    "harmful": "harm",
    "quality": "quality",
    "exact_duplicate": "duplicates",
    "near_duplicate": "duplicates",
    "repeated": "paragraphs",
    "pii_policy": "pii",
    "contaminated": "decontaminate",
}
_ORDER = (
    *("read", "boilerplate", "length", "language", "foreign", "ocr", "variety", "harm"),
    *("quality", "decontaminate", "poison", "index", "duplicates", "balance", "paragraphs", "pii"),
    "split",
)


def why(folder: Path, name: str, lang: str) -> list[dict[str, Any]]:
    """Of each document that `name` (an id or a path) means: its row, its steps, an excerpt.

    `steps` are {step, title, text}; `answer` is the sentence that people ask for. No personal
    data: texts are the artefact's or masked.
    """
    rows = find_rows(folder, name)
    words = Words(lang)
    shown = {row["id"]: row["before"] for row in excerpts(folder, {row["id"] for row in rows})}
    return [_explained(folder, row, words, shown.get(row["id"], "")) for row in rows]


def _explained(folder: Path, row: dict[str, Any], t: Words, text: str) -> dict[str, Any]:
    measures = dict(row.get("measures") or ())
    original = _original(folder, row)
    effects = sorted(_effects(row, measures, original, t), key=lambda item: _place(item[0]))
    return {
        **{name: row[name] for name in ("id", "source", "path", "lang", "outcome", "reason")},
        "detail": row["detail"],
        "split": row["split"],
        "answer": _answer(row, original, t),
        "steps": [
            {"step": step, "title": t.named("step", step), "text": effect}
            for step, effect in effects
        ],
        "kept_instead": original,
        "changes": list(row["changes"] or ()),
        "measures": measures,
        "text": text,
    }


def _place(step: str) -> int:
    return _ORDER.index(step) if step in _ORDER else _ORDER.index("duplicates")


def _answer(row: Mapping[str, Any], original: Mapping[str, Any] | None, t: Words) -> str:
    if row["outcome"] == "kept":
        return t("why.kept", split=_splits(row["split"], t))
    reason = explain_reason(row["reason"], row["detail"] or "", t, original)
    return t(f"why.{row['outcome']}", reason=reason)


def _splits(split: str, t: Words) -> str:
    return ", ".join(t.named("split", name) for name in split.split(",") if name)


def explain_reason(
    reason: str, detail: str, t: Words, original: Mapping[str, Any] | None = None
) -> str:
    """A reason in a sentence; what is not in the catalogue keeps its name and detail."""
    if reason == "quality":
        return explain_rule(detail, t)
    if reason == CONTAMINATED and original:
        splits = ", ".join(t.named("split", name) for name in original["split"].split(",") if name)
        place = f"{original['source']}/{original['path']}"
        return t("explain.held_out", path=place, split=splits)
    if reason == CONTAMINATED:
        return t("explain.contaminated", detail=detail)
    if reason in _COPIES and original:
        return t(
            f"explain.{reason}",
            path=f"{original['source']}/{original['path']}",
            percent=t.percent(original["similarity"]),
        )
    plain = t.named("reason", reason)
    if f"explain.{reason}" in catalogue(t.lang) and reason not in _COPIES:
        return t(f"explain.{reason}", detail=t.named("lang", detail) if detail else "?")
    return f"{plain} ({detail})" if detail else plain


def explain_rule(detail: str, t: Words) -> str:
    """`gopher_repetition.top_2_gram 0.31 > 0.2` in words."""
    parts = detail.split(" ")
    if len(parts) != 4:
        return detail
    family, _, name = parts[0].partition(".")
    return t(
        "explain.quality",
        measure=t.named("rule", name),
        value=parts[1],
        sign=parts[2],
        threshold=parts[3],
        family=t.named("family", family),
    )


def _effects(
    row: Mapping[str, Any],
    measures: Mapping[str, float],
    original: Mapping[str, Any] | None,
    t: Words,
) -> Iterator[tuple[str, str]]:
    """(step, what it did or found)."""
    last = ""
    if row["outcome"] != "kept":
        last = _STEP_OF_REASON.get(row["reason"], "read")
        if row["reason"] in _ORDER:
            last = row["reason"]
        yield last, explain_reason(row["reason"], row["detail"] or "", t, original)
    noted: dict[str, list[str]] = {}
    for change in row["changes"] or ():
        step = _STEP_OF_CHANGE.get(change.partition(":")[0], "read")
        noted.setdefault(step, []).append(change)
    for step, changes in noted.items():
        yield step, t("why.noted", changes=", ".join(changes))
    if row["lang"]:
        yield "language", t("why.language", lang=t.named("lang", row["lang"]))
    if "quality.score" in measures:
        yield "quality", t("why.score", score=t.number(measures["quality.score"], 2))
    if row["entities"]:
        yield "pii", t("why.entities", count=t.number(row["entities"]))
    if row["outcome"] == "kept" and row["split"]:
        yield "split", t("why.split", split=_splits(row["split"], t))


def _original(folder: Path, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of a copy: the document that stayed in its place, and how alike the two are. Of one that
    repeats what is held out: that document."""
    if row["reason"] == CONTAMINATED and (told := HELD_OUT.match(str(row["detail"]))):
        for other in lineage_rows(folder, ("id", "source", "path", "outcome", "split")):
            if other["id"] == told[1]:
                return other
    if row["reason"] not in _COPIES:
        return None
    path = folder / "duplicates.parquet"
    similarity, of = 1.0, str(row["detail"])
    if path.is_file():
        found = pq.read_table(path, filters=pc.field("id") == row["id"]).to_pylist()
        if found:
            similarity, of = float(found[0]["similarity"]), str(found[0]["of"])
    for other in lineage_rows(folder, ("id", "source", "path", "outcome")):
        if other["id"] == of:
            return {**other, "similarity": similarity}
    return {"id": of, "source": "", "path": of, "outcome": "", "similarity": similarity}
