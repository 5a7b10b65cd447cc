"""The public summary of training content that article 53(1)(d) of the EU AI Act asks for.

Follows the template of the European Commission's AI Office (24 July 2025): general information,
sources of data by how they were come by, and aspects of the processing. Filled from what is
known; what only people know and nobody declared is a blank, marked as such.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from dialecto.reporting.cards.facts import CardFacts, DeclaredSource
from dialecto.reporting.texts import Words

# Section of the template for each origin of a source.
SECTIONS = (
    ("2.1", "public"),
    ("2.2", "licensed"),
    ("2.3", "crawled"),
    ("2.4", "user"),
    ("2.5", "synthetic"),
    ("2.6", "other"),
)
# Reasons for which the collect stage leaves a page where it is, because its site says so.
OPT_OUTS = ("robots", "noindex", "noai", "tdm_reservation")
# The template's size bands for text, by upper end in tokens.
BANDS = ((10**9, "under_1b"), (10**13, "1b_10t"))


@dataclass(frozen=True)
class Entry:
    """A line of the form. `value` empty: a blank that somebody must fill in."""

    number: str
    key: str
    value: str
    hint: str = ""  # the recipe's field that fills the blank

    @property
    def blank(self) -> bool:
        return not self.value


def size_band(tokens: int) -> str:
    """`under_1b`, `1b_10t` or `over_10t`: the template's classes for text."""
    return next((name for end, name in BANDS if tokens < end), "over_10t")


def summary_entries(facts: CardFacts, t: Words) -> list[Entry]:
    """The form's lines, in order, in the words of a language."""
    card = facts.card
    origins = {origin for _, origin in SECTIONS}
    by_origin: dict[str, list[DeclaredSource]] = {}
    for source in facts.sources:
        # The organisation's own documents are none of the template's first five kinds.
        by_origin.setdefault(source.origin if source.origin in origins else "other", []).append(
            source
        )
    languages = ", ".join(t.named("lang", name) for name in facts.languages)
    band = t(f"summary.band.{size_band(facts.tokens)}", tokens=t.quantity(facts.tokens))
    entries = [
        Entry("1.1", "provider", card.get("provider", ""), "corpus.card.provider"),
        Entry("1.1", "contact", card.get("contact", ""), "corpus.card.contact"),
        Entry("1.2", "model", card.get("model", ""), "corpus.card.model"),
        Entry("1.2", "base_model", _base_model(card.get("base_model", ""), t),
              "corpus.card.base_model"),
        Entry("1.3", "modality", t("summary.modality.text")),
        Entry("1.3", "size", band),
        Entry("1.3", "collected", card.get("collected", "") or _collected(facts),
              "corpus.card.collected"),
        Entry("1.3", "languages", languages),
        Entry("1.3", "content", card.get("description", ""), "corpus.card.description"),
    ]  # fmt: skip
    for number, origin in SECTIONS:
        sources = by_origin.get(origin, [])
        value = "\n".join(_source(source, t) for source in sources) or t("summary.none")
        entries.append(Entry(number, f"origin.{origin}", value))
    entries += [
        Entry("3.1", "opt_outs", _opt_outs(facts, t), "corpus.card.opt_outs"),
        Entry("3.2", "illegal", _illegal(facts, t)),
        Entry("3.2", "illegal_more", card.get("illegal_content", ""),
              "corpus.card.illegal_content"),
        Entry("3.3", "personal", _personal(facts, t)),
    ]  # fmt: skip
    return entries


def summary_data(facts: CardFacts, t: Words) -> dict[str, Any]:
    """The form as plain data, and the names of the blanks."""
    entries = summary_entries(facts, t)
    return {
        "template": "European Commission, 24 July 2025, Regulation (EU) 2024/1689 art. 53(1)(d)",
        "size_band": size_band(facts.tokens),
        "estimated_tokens": facts.tokens,
        "entries": [
            {
                "section": entry.number,
                "field": entry.key,
                "question": t(f"summary.{entry.key}"),
                "value": entry.value or None,
                **({"fill_in": entry.hint} if entry.blank else {}),
            }
            for entry in entries
        ],
        "blank": [entry.key for entry in entries if entry.blank],
    }


def _base_model(value: str, t: Words) -> str:
    return t("summary.scratch") if value.lower() in ("none", "ninguno") else value


def _source(source: DeclaredSource, t: Words) -> str:
    """A source in a line: its terms, and what it gave."""
    unknown = t("summary.undeclared")
    key = "summary.source" if source.kind == "documents" else "summary.conversations"
    line = t(
        key,
        name=source.name,
        owner=source.owner or unknown,
        licence=source.licence or unknown,
        purpose=source.purpose or unknown,
        documents=t.number(source.kept),
        size=t.size(source.bytes),
    )
    if not source.snapshot:
        return line
    told = {name: source.snapshot[name] for name in ("started", "finished")}
    place = source.snapshot["from"] or t("summary.database")  # whose address is nobody's business
    return f"{line}; {t('summary.snapshot', place=place, **told)}"


def _collected(facts: CardFacts) -> str:
    """The day of the last snapshot; nothing when not every source is one."""
    days = [source.snapshot.get("finished", "") for source in facts.sources]
    return max(days) if days and all(days) else ""


def _opt_outs(facts: CardFacts, t: Words) -> str:
    """What people declared, and what was respected in crawling and in reading pages."""
    respected: Counter[str] = Counter()
    for source in facts.sources:
        refused = source.snapshot.get("refused", {})
        respected.update({name: refused[name] for name in OPT_OUTS if name in refused})
    read = sum(r.count for r in facts.corpus.removals if r.reason == "opt_out")
    respected.update({"opt_out": read} if read else {})
    lines = [facts.card.get("opt_outs", "")]
    if respected or any(source.origin == "crawled" and source.snapshot for source in facts.sources):
        reasons = ", ".join(f"{name} {t.number(n)}" for name, n in sorted(respected.items()))
        count = t.number(respected.total())
        lines.append(t("summary.respected", count=count, reasons=reasons or "0"))
    return "\n".join(line for line in lines if line)


def _illegal(facts: CardFacts, t: Words) -> str:
    harmful = sum(r.count for r in facts.corpus.removals if r.reason == "harmful")
    return t(
        "summary.harm",
        policy=t.named("policy.harm", str(facts.settings.get("harm", ""))),
        count=t.number(harmful),
    )


def _personal(facts: CardFacts, t: Words) -> str:
    count = sum(number for _, number in facts.corpus.entities)
    policy = str(facts.settings.get("pii", ""))
    if not policy:
        return t("summary.no_pii")
    return t("summary.pii", count=t.number(count), policy=t.named("policy.pii", policy))
