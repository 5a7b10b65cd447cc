"""Fits the published rules to the kinds of text there are, and says which documents fail.

The rules were made for web pages. In product documentation a third of the pages breaks one of
them, and every form and letter breaks another. So documents are taken by source and kind (short,
code, lists, prose), and for each rule it is counted how many break it as published:

- more than 5%: the rule is out of its genre there, and only what is beyond its `limit` fails,
  which no genre reaches (a phrase over and over, signs without words);
- otherwise what stands out fails: beyond `clear`, and for a maximum also beyond three times the
  value that 95% of the documents stay below.

What is beyond a limit is set aside before any of this is counted, so that junk does not pass for
a genre; groups of fewer than 20 documents are judged together with the same kind in other
sources. Without calibration, and for thresholds of the user's own, the number is taken as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.quality.measured import Measured
from dialecto.corpus.quality.measures import NAMES
from dialecto.corpus.quality.rules import Rule, rules_for, with_thresholds
from dialecto.recipe import Quality

GENRE_SHARE = 0.05  # of a group's documents; more, and the rule is not of this genre
SMALL_GROUP = 20
PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
_STRETCH = 3.0
KINDS = ("short", "code", "lists", "prose")
_SHORT, _CODE, _LISTS = 50, 0.25, 0.5

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Decision:
    """What a rule does in a group. `threshold` is None where it is only counted."""

    rule: Rule
    group: str
    documents: int
    beyond: int  # break it as published, what is beyond a limit not counted
    threshold: float | None
    how: str  # published, own, clear, limit, counted
    failed: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule.full_name,
            "measure": self.rule.measure,
            "group": self.group,
            "documents": self.documents,
            "published": self.rule.threshold,
            "beyond_published": self.beyond,
            "applied": self.how,
            "threshold": self.threshold,
            "failed": self.failed,
        }


@dataclass(frozen=True)
class Failure:
    """A document that fails, by the first of its rules, and all the rules that it breaks."""

    id: str
    rule: str
    detail: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """All that is known before anything is dropped."""

    measured: Measured
    groups: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def kinds(measured: Measured) -> list[str]:
    """short (under 50 words), code, lists (forms, tables, menus) or prose, for each document."""
    code = measured.column("code_lines") >= _CODE
    lists = (measured.column("short_lines") >= _LISTS) | (measured.column("bullets") >= _LISTS)
    chosen = np.select([measured.column("words") < _SHORT, code, lists], [0, 1, 2], 3)
    return [KINDS[number] for number in chosen]


def judge(measured: Measured, section: Quality) -> Judgement:
    """Which documents fail, and how that was decided. Depends on no order of documents."""
    groups = _groups(measured)
    judged = {name: _rules(name, section) for name in groups}
    aside = _beyond_limits(measured, groups, judged)
    decisions: list[Decision] = []
    broken: dict[int, list[tuple[Rule, float]]] = {}
    for name, rows in groups.items():
        for rule, own in judged[name]:
            decision, failed = _decide(measured, rule, own, name, rows, aside, section.calibrate)
            decisions.append(decision)
            assert decision.threshold is not None or not len(failed)
            for row in failed:
                broken.setdefault(int(row), []).append((rule, float(decision.threshold or 0.0)))
    failures = [
        Failure(
            measured.ids[row],
            rules[0][0].full_name,
            _detail(measured, row, *rules[0]),
            tuple(rule.full_name for rule, _ in rules),
        )
        for row, rules in broken.items()
    ]
    return Judgement(measured, groups, decisions, sorted(failures, key=lambda f: f.id))


def _rules(group: str, section: Quality) -> tuple[tuple[Rule, bool], ...]:
    lang = group.rpartition("/")[2]
    return with_thresholds(rules_for(lang, section.rules), section.thresholds)


def _groups(measured: Measured) -> dict[str, NDArray[np.int64]]:
    """Rows by `source/kind/language`; a small group's with others' of that kind, as `*/...`."""
    names = [
        (source, f"{kind}/{lang}")
        for source, kind, lang in zip(
            measured.sources, kinds(measured), measured.langs, strict=True
        )
    ]
    rows: dict[tuple[str, str], list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    merged: dict[str, list[int]] = {}
    for (source, kind), found in rows.items():
        home = source if len(found) >= SMALL_GROUP else "*"
        merged.setdefault(f"{home}/{kind}", []).extend(found)
    return {name: np.array(sorted(merged[name])) for name in sorted(merged)}


def _breaks(values: NDArray[np.float64], rule: Rule, threshold: float) -> Flags:
    broken: Flags = values < threshold if rule.minimum else values > threshold
    return broken


def _asked(measured: Measured, rule: Rule, rows: NDArray[np.int64]) -> Flags:
    """What the calibrated rule may judge. A text without any word is none."""
    words = measured.column("words")[rows]
    asked: Flags = (words >= rule.words) | (words == 0)
    return asked


def _beyond_limits(
    measured: Measured,
    groups: dict[str, NDArray[np.int64]],
    judged: dict[str, tuple[tuple[Rule, bool], ...]],
) -> Flags:
    aside = np.zeros(len(measured), dtype=bool)
    for name, rows in groups.items():
        for rule, _ in judged[name]:
            if rule.limit is not None:
                far = _breaks(measured.column(rule.measure)[rows], rule, rule.limit)
                aside[rows] |= far & _asked(measured, rule, rows)
    return aside


def _decide(
    measured: Measured,
    rule: Rule,
    own: bool,
    group: str,
    rows: NDArray[np.int64],
    aside: Flags,
    calibrate: bool,
) -> tuple[Decision, NDArray[np.int64]]:
    values = measured.column(rule.measure)[rows]
    beyond = _breaks(values, rule, rule.threshold)
    usual = ~aside[rows]
    count = int(np.count_nonzero(beyond & usual))
    usually = max(int(np.count_nonzero(usual)), 1)
    threshold: float | None
    if own or not calibrate:
        threshold, how = rule.threshold, "own" if own else "published"
        failed = beyond
    else:
        asked = _asked(measured, rule, rows)
        if rule.clear is None:
            threshold, how = None, "counted"
        elif count > GENRE_SHARE * usually:
            threshold, how = rule.limit, "limit" if rule.limit is not None else "counted"
        else:
            threshold, how = _tail(values[usual & asked], rule, rule.clear), "clear"
        failed = np.zeros(len(rows), dtype=bool)
        if threshold is not None:
            failed = _breaks(values, rule, threshold) & asked
    hit = rows[failed]
    return Decision(rule, group, len(rows), count, threshold, how, len(hit)), hit


def _tail(values: NDArray[np.float64], rule: Rule, clear: float) -> float:
    """The threshold where a rule fits the genre: what stands out from nearly all."""
    if rule.minimum or not len(values):
        return clear
    usual = _STRETCH * float(np.percentile(values, 95))
    return round(min(max(clear, usual), rule.limit if rule.limit is not None else np.inf), 4)


def _detail(measured: Measured, row: int, rule: Rule, threshold: float) -> str:
    value = float(measured.column(rule.measure)[row])
    return f"{rule.full_name} {_number(value)} {rule.sign} {_number(threshold)}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def percentiles(measured: Measured, rows: Sequence[int] | NDArray[np.int64]) -> dict[str, Any]:
    """By measure: p1, p5, p25, p50, p75, p95, p99 of these documents, and how many they are."""
    found: dict[str, Any] = {}
    for name in NAMES:
        values = measured.column(name)[rows]
        points = np.percentile(values, PERCENTILES).tolist() if len(values) else []
        found[name] = {
            f"p{percent}": round(point, 4)
            for percent, point in zip(PERCENTILES, points, strict=False)
        }
    return found
