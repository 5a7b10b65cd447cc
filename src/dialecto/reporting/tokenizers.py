"""Compared tokenizers as a page of plots and tables, and as a plot by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dialecto import __version__
from dialecto.reporting.bars import bars
from dialecto.reporting.texts import Words, visible

Measured = Mapping[str, Mapping[str, Mapping[str, Any]]]  # by tokenizer and language

Named = tuple[str, Mapping[str, Any]]  # a tokenizer's name and measures in one language

# A file of its own has no page around it to say what the colours are.
_COLOURS = "--ink: #1c1c1c; --soft: #555; --line: #ccc; --accent: #1f5fa8; --muted: #9aa5b1"
_SHARES = ("coverage", "whole", "at_ending", "used")
_PLOTS = ("fertility", "bytes_per_token", *_SHARES, "megabytes_per_second")
_COUNTS = ("vocabulary", "tokens")
_LONGEST = 48  # letters of a tokenizer's name that are shown: of a path the end


@dataclass(frozen=True)
class LanguageView:
    """Worded: what was measured in a language; sentences, figures of the first, plots, rows."""

    lang: str
    name: str
    measured: str
    sentences: tuple[str, ...]
    cards: tuple[tuple[str, str, str], ...]
    plots: tuple[tuple[str, str, Markup], ...]
    rows: tuple[tuple[str, ...], ...]


def tokenizers_page(found: Measured, sizes: Mapping[str, int], lang: str) -> str:
    """A self-contained HTML page. found: `tokenizer.compare`, at least one tokenizer, whose first
    is the one compared; sizes: bytes of text by language; lang: of the page, `es` or `en`."""
    t = Words(lang)
    environment = Environment(
        loader=PackageLoader("dialecto.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page: str = environment.get_template("tokenizers.html.j2").render(
        t=t,
        lang=lang,
        version=__version__,
        names=[_named(name, t) for name in found],
        heads=[t("tokenizers.tokenizer"), *(t(f"tokenizers.{m}") for m in (*_COUNTS, *_PLOTS))],
        languages=[_language(found, code, size, t) for code, size in sizes.items()],
    )
    return page


def fertility_plot(found: Measured, lang: str) -> str:
    """An SVG file of tokens per word, worded in `lang`; the first tokenizer's bars are marked."""
    t = Words(lang)
    rows = [
        (f"{_named(name, t)} ({code})", float(m["fertility"]), t.number(m["fertility"], 2))
        for name, languages in found.items()
        for code, m in languages.items()
    ]
    drawn = _bars("fertility", rows, len(next(iter(found.values()))), t)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" style="{_COLOURS}; font-family: sans-serif"'
    return drawn.replace("<svg", head, 1) + "\n"


def _language(found: Measured, lang: str, size: int, t: Words) -> LanguageView:
    measures = [(_named(name, t), languages[lang]) for name, languages in found.items()]
    first, *others = measures
    return LanguageView(
        lang,
        t.named("lang", lang),
        t("tokenizers.measured", size=t.size(size)),
        tuple(_sentence(first, other, t) for other in others),
        tuple(
            (t(f"tokenizers.{m}"), _shown(m, first[1][m], t), t(f"tokenizers.{m}.note"))
            for m in ("fertility", "bytes_per_token", "coverage", "whole")
        ),
        tuple(
            (t(f"tokenizers.{m}"), t(f"tokenizers.{m}.note"), Markup(_plot(m, measures, t)))
            for m in _PLOTS
            if any(each[m] is not None for _, each in measures)
        ),
        tuple(
            (name, *(_shown(m, each[m], t) for m in (*_COUNTS, *_PLOTS))) for name, each in measures
        ),
    )


def _sentence(first: Named, other: Named, t: Words) -> str:
    change = first[1]["tokens"] / max(other[1]["tokens"], 1) - 1
    word = "equal" if change == 0 else "fewer" if change < 0 else "more"
    percent = t.percent(abs(change), 1)
    return t(f"tokenizers.{word}", first=first[0], other=other[0], percent=percent)


def _plot(measure: str, measures: Sequence[Named], t: Words) -> str:
    scale = 100 if measure in _SHARES else 1
    rows = [
        (name, scale * float(each[measure] or 0), _shown(measure, each[measure], t))
        for name, each in measures
    ]
    return _bars(measure, rows, 1, t)


def _bars(measure: str, rows: Sequence[tuple[str, float, str]], own: int, t: Words) -> str:
    title = t(f"tokenizers.{measure}")
    return bars(
        rows,
        own=own,
        x=t("tokenizers.percent") if measure in _SHARES else title,
        number=t.number,
        alt=f"{title}: " + "; ".join(f"{label} {text}" for label, _, text in rows),
    )


def _shown(measure: str, value: float | None, t: Words) -> str:
    if value is None:
        return t("tokenizers.none")
    if measure in _SHARES:
        # What is nearly all is not shown as all.
        return t.percent(value, 1 if value in (0, 1) or value < 0.9995 else 4)
    digits = {"fertility": 3, "bytes_per_token": 2, "megabytes_per_second": 1}
    return t.number(value, digits.get(measure, 0))


def _named(name: str, t: Words) -> str:
    if name == "current":
        return t("tokenizers.current")
    clean = visible(name)
    return clean if len(clean) <= _LONGEST else "…" + clean[1 - _LONGEST :]
