"""The quality step in its two halves: each document is measured, then all are judged together.

The first half runs with the other steps on a document. The second sees the measures of the
whole corpus and none of its texts; it writes what it decided, and the percentiles that it
decided by, to `quality.json`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dialecto.corpus.quality.calibrate import Failure, Judgement, judge, percentiles
from dialecto.corpus.quality.measured import COLUMNS, read_measured
from dialecto.corpus.quality.measures import NAMES, measure
from dialecto.corpus.table import REMOVED, with_measures
from dialecto.corpus.verdicts import FLAGGED, Verdict
from dialecto.recipe import Quality

REASON = "quality"
QUALITY_FILE = "quality.json"
_DIGITS = 6


def quality_step(table: pa.Table, lang: str) -> pa.Table:
    """Adds the measures `quality.*` of the documents that nothing has settled.

    lang: of documents whose language is not known.
    """
    rows = [row for row, outcome in enumerate(table["outcome"].to_pylist()) if not outcome]
    if not rows:
        return table
    chosen = table.select(["text", "lang"]).take(rows)
    langs = [found or lang for found in chosen["lang"].to_pylist()]
    found = measure(chosen["text"].to_pylist(), langs)
    columns: dict[str, list[float | None]] = {}
    for name in NAMES:
        column: list[float | None] = [None] * len(table)
        for row, value in zip(rows, np.round(found[name], _DIGITS).tolist(), strict=True):
            column[row] = value
        columns[f"quality__{name}"] = column
    return with_measures(table, **columns)


def verdicts(judgement: Judgement, section: Quality) -> list[Verdict]:
    """A verdict on each document that fails: it goes, or it is flagged."""
    outcome = REMOVED if section.policy == "drop" else FLAGGED
    return [Verdict(f.id, outcome, REASON, f.detail) for f in judgement.failures]


def quality_account(judgement: Judgement, section: Quality) -> dict[str, Any]:
    """What `quality.json` holds: percentiles by group, each rule's decision, counts by rule.

    `decisions` leaves out the rules that no document of a group breaks.
    """
    every = range(len(judgement.measured))
    return {
        "documents": len(judgement.measured),
        "failed": len(judgement.failures),
        "policy": section.policy,
        "calibrated": section.calibrate,
        "rules": _by_rule(judgement.failures),
        "percentiles": percentiles(judgement.measured, list(every)),
        "groups": {
            name: {"documents": len(rows), "percentiles": percentiles(judgement.measured, rows)}
            for name, rows in judgement.groups.items()
        },
        "decisions": [
            decision.as_dict()
            for decision in judgement.decisions
            if decision.beyond or decision.failed
        ],
    }


def _by_rule(failures: list[Failure]) -> dict[str, dict[str, int]]:
    """How many documents each rule settles (is the first to be broken), and how many break it."""
    first = Counter(failure.rule for failure in failures)
    broken = Counter(rule for failure in failures for rule in failure.rules)
    return {
        rule: {"settled": first[rule], "broken": number}
        for rule, number in sorted(broken.items(), key=lambda item: (-item[1], item[0]))
    }


def settle_quality(
    tables: Iterable[pa.Table], section: Quality, lang: str, publish: Path
) -> list[Verdict]:
    """Judges what the tables (with COLUMNS) hold; writes `quality.json` into `publish`.

    lang: of documents whose language is not known.
    """
    from dialecto.runtime.files import write_json

    judgement = judge(read_measured(tables, lang), section)
    publish.mkdir(parents=True, exist_ok=True)
    write_json(publish / QUALITY_FILE, quality_account(judgement, section))
    return verdicts(judgement, section)


__all__ = ["COLUMNS", "QUALITY_FILE", "quality_step", "settle_quality", "verdicts"]
