"""The part on poison: what was looked for, what was found, where, and what was done about it.

Triggers are shown as far as they are words; of other documents only the kind of the finding and
the document's name, so that the page does not carry on what was planted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.reporting.texts import Words
from dialecto.runtime.files import read_json

SIGNALS = (
    *("trigger_word", "trigger_phrase", "before_nonsense", "one_source"),
    *("hidden_unicode", "prompt_injection", "gibberish"),
)
_TRIGGERS = 20  # shown; the rest is in poison.json
_SOURCES, _NAMES, _CHARACTERS = 3, 3, 120  # of one trigger


@dataclass(frozen=True)
class PoisonView:
    """Worded: sentences; rows of signals (name, meaning, sure, weak), of triggers (text, signal,
    documents, score, what was done, sources, names of documents) and of documents (name, source,
    signal, what was found, score, what was done)."""

    lead: tuple[str, ...]
    signals: tuple[tuple[str, ...], ...]
    triggers: tuple[tuple[str, ...], ...]
    documents: tuple[tuple[str, ...], ...]


def read_poison(folder: Path) -> Mapping[str, Any] | None:
    """What the search left in the corpus artefact, if it was on."""
    path = folder / "poison.json"
    return read_json(path) if path.is_file() else None


def poison_view(found: Mapping[str, Any] | None, t: Words) -> PoisonView | None:
    """None when nothing was searched."""
    if not found or not found["documents"]:
        return None
    sure, weak = found["signals"], found["weak_signals"]
    documents, poisoned = t.number(found["documents"]), t.number(found["poisoned"])
    policy = t(f"poison.{found['policy']}")
    lead = [t("poison.lead.none", documents=documents)]
    if found["poisoned"]:
        lead = [t("poison.lead", documents=documents, poisoned=poisoned, policy=policy)]
    if not found["enough"]:
        lead.append(t("poison.few", enough=t.number(found["enough_from"])))
    if sure or weak:
        lead.append(t("poison.doubt"))

    def done(score: float) -> str:
        return t(f"poison.done.{found['policy'] if score >= found['sure_from'] else 'shown'}")

    return PoisonView(
        tuple(lead),
        tuple(
            (
                t(f"signal.{name}"),
                t(f"signal.{name}.text"),
                t.number(sure.get(name, 0)),
                t.number(weak.get(name, 0)),
            )
            for name in SIGNALS
        ),
        tuple(
            (
                _cut(row["text"]),
                t.named("signal", row["signal"]),
                t.number(row["documents"]),
                t.number(row["score"], 2),
                done(row["score"]),
                _sources(row["sources"], t),
                ", ".join(row["examples"][:_NAMES]),
            )
            for row in found["triggers"][:_TRIGGERS]
        ),
        tuple(
            (
                row["id"],
                row["source"],
                t.named("signal", row["signal"]),
                _detail(row["signal"], row["detail"], t),
                t.number(row["score"], 2),
                done(row["score"]),
            )
            for row in found["examples"]
        ),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _CHARACTERS else text[:_CHARACTERS].rstrip() + " …"


def _sources(counts: Mapping[str, int], t: Words) -> str:
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{name} ({t.number(count)})" for name, count in most[:_SOURCES]]
    return ", ".join([*shown, "…"] if len(most) > _SOURCES else shown)


def _detail(signal: str, detail: str, t: Words) -> str:
    """In words of the language: `zero_width 5`, `new_role, say_nothing` and `20 words`."""
    if signal == "prompt_injection":
        return ", ".join(t.named("order", name) for name in detail.split(", "))
    first, _, last = detail.rpartition(" ")
    if signal == "hidden_unicode":
        return f"{t.named('hidden', first)}: {last}"
    return t("poison.words", count=first) if signal == "gibberish" else detail
