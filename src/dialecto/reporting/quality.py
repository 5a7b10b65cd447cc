"""The report's part on quality: percentiles, the rules that documents fail by, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.reporting.texts import Words, catalogue
from dialecto.runtime.files import read_json

POINTS = ("p1", "p5", "p25", "p50", "p75", "p95", "p99")
_MEASURES = (
    *("words", "word_length", "alphabetic", "stop_share", "top_2_gram", "top_4_gram"),
    *("duplicate_5_grams", "duplicate_10_grams", "duplicate_lines", "terminal_lines"),
    *("short_lines", "newlines", "score"),
)
_DECISIONS = 25


@dataclass(frozen=True)
class QualityView:
    """Worded rows of the tables; numbers as the language writes them."""

    lead: str
    percentiles: tuple[tuple[str, ...], ...]
    rules: tuple[tuple[str, ...], ...]
    decisions: tuple[tuple[str, ...], ...]


def read_quality(folder: Path) -> Mapping[str, Any] | None:
    """What the quality step left in the corpus artefact, if it was on."""
    path = folder / "quality.json"
    return read_json(path) if path.is_file() else None


def quality_view(found: Mapping[str, Any] | None, t: Words) -> QualityView | None:
    """The tables of the report; None when no document was measured."""
    if not found or not found["documents"]:
        return None
    lead = t(
        "quality.lead",
        documents=t.number(found["documents"]),
        failed=t.number(found["failed"]),
        policy=t(f"quality.{found['policy']}"),
        fitted=t("quality.fitted" if found["calibrated"] else "quality.published"),
    )
    decisions = sorted(
        found["decisions"],
        key=lambda d: (-d["failed"], -d["beyond_published"], d["group"], d["rule"]),
    )
    return QualityView(
        lead,
        tuple(
            (_measure(name, t), *(_number(found["percentiles"][name][p], t) for p in POINTS))
            for name in _MEASURES
            if name in found["percentiles"]
        ),
        tuple(
            (*_rule(rule, t), t.number(counts["settled"]), t.number(counts["broken"]))
            for rule, counts in sorted(
                found["rules"].items(), key=lambda item: (-item[1]["settled"], item[0])
            )
        ),
        tuple(
            (
                *_rule(d["rule"], t),
                _group(d["group"], t),
                t.number(d["documents"]),
                _number(d["published"], t),
                t.number(d["beyond_published"]),
                t(f"applied.{d['applied']}", threshold=_number(d["threshold"] or 0, t)),
                t.number(d["failed"]),
            )
            for d in decisions[:_DECISIONS]
        ),
    )


def _measure(name: str, t: Words) -> str:
    texts = catalogue(t.lang)
    return texts.get(f"measure.{name}") or t.named("rule", name)


def _rule(name: str, t: Words) -> tuple[str, str]:
    family, _, rule = name.partition(".")
    return t.named("rule", rule), t.named("family", family)


def _group(name: str, t: Words) -> str:
    source, kind, lang = name.rsplit("/", 2)
    shown = t("quality.mixed") if source == "*" else source
    return f"{shown}, {t.named('kind', kind)}, {t.named('lang', lang)}"


def _number(value: float, t: Words) -> str:
    return t.number(value) if value >= 100 or value == int(value) else t.number(value, 3)
