"""Writes the papers of a corpus into its artefact, in Spanish and in English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dialecto import __version__
from dialecto.reporting.bars import bars
from dialecto.reporting.cards.croissant import croissant
from dialecto.reporting.cards.facts import LENGTHS, CardFacts, read_facts
from dialecto.reporting.cards.names import LANGUAGES
from dialecto.reporting.cards.summary import summary_data, summary_entries
from dialecto.reporting.facts import Group
from dialecto.reporting.poison import poison_view
from dialecto.reporting.texts import Words, visible
from dialecto.runtime.files import write_json, write_text

_SHOWN = 12  # bars of one plot


def write_cards(folder: Path, entities: Mapping[str, int]) -> None:
    """Writes CARD_FILES into a corpus artefact that has all its other files."""
    facts = read_facts(folder, entities)
    write_json(folder / "croissant.json", croissant(facts))
    for lang in LANGUAGES:
        words = Words(lang)
        write_text(folder / f"data_card.{lang}.html", data_card(facts, words))
        write_text(folder / f"public_summary.{lang}.html", public_summary(facts, words))
        write_json(folder / f"public_summary.{lang}.json", summary_data(facts, words))


def data_card(facts: CardFacts, t: Words) -> str:
    """The data card as one self-contained page."""
    corpus = facts.corpus
    plots = [
        _plot("sources", corpus.sources, lambda g: g.name, t),
        _plot("formats", corpus.formats, lambda g: g.name or t("input.format.none"), t),
        _plot(
            "languages",
            corpus.languages,
            lambda g: t.named("lang", g.name) if g.name else t("input.language.none"),
            t,
        ),
        _lengths(facts, t),
        _removals(facts, t),
    ]
    page: str = _template("data_card").render(
        t=t,
        lang=t.lang,
        version=__version__,
        facts=facts,
        plots=[p for p in plots if p],
        poison=poison_view(facts.poison, t),
    )
    return page


def public_summary(facts: CardFacts, t: Words) -> str:
    """The public summary of training content as one self-contained page."""
    page: str = _template("public_summary").render(
        t=t, lang=t.lang, version=__version__, facts=facts, entries=summary_entries(facts, t)
    )
    return page


@cache
def _template(name: str) -> Any:
    environment = Environment(
        loader=PackageLoader("dialecto.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = visible
    return environment.get_template(f"{name}.html.j2")


def _plot(kind: str, groups: tuple[Group, ...], label: Any, t: Words) -> Markup | None:
    """Bytes of text kept in each group."""
    rows = [
        (visible(label(group))[:60], group.bytes / 1e6, t.size(group.bytes))
        for group in groups
        if group.kept
    ][:_SHOWN]
    return _bars(kind, rows, t("card.plot.megabytes"), t)


def _lengths(facts: CardFacts, t: Words) -> Markup | None:
    starts = (0, *LENGTHS)
    rows = [
        (
            t("card.plot.upto", count=t.number(LENGTHS[index]))
            if index < len(LENGTHS)
            else t("card.plot.over", count=t.number(starts[index])),
            float(count),
            t.number(count),
        )
        for index, count in enumerate(facts.lengths)
    ]
    return _bars("lengths", rows, t("card.plot.documents"), t)


def _removals(facts: CardFacts, t: Words) -> Markup | None:
    rows = [
        (t.named("reason", item.reason), float(item.count), t.number(item.count))
        for item in facts.corpus.removals
    ][:_SHOWN]
    return _bars("removals", rows, t("card.plot.documents"), t)


def _bars(kind: str, rows: list[tuple[str, float, str]], axis: str, t: Words) -> Markup | None:
    if not any(value for _, value, _ in rows):
        return None
    title = t(f"card.plot.{kind}")
    alt = f"{title}: " + "; ".join(f"{label} {text}" for label, _, text in rows)
    plot = bars(rows, own=len(rows), x=axis, number=t.number, alt=alt)
    return Markup("<figure><figcaption>{}</figcaption>{}</figure>").format(title, Markup(plot))
