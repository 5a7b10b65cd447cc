"""The report on size and balance: tokens counted in two ways, shares before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dialecto.reporting.cards.summary import size_band
from dialecto.reporting.plots import paired_bars
from dialecto.reporting.texts import Words
from dialecto.runtime.files import read_json

_GROUPS = 20  # shown; the rest is in balance.json
_GENDER = ("gender.feminine", "gender.masculine")


@dataclass(frozen=True)
class SizeView:
    """Worded: a sentence, and rows of (way of counting, tokens, bytes per token, bytes, band)."""

    lead: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class BalanceView:
    """Worded: a sentence, the plot, rows of groups, a sentence on gender, rows of terms."""

    lead: str
    plot: Markup
    groups: tuple[tuple[str, ...], ...]
    gender: str
    terms: tuple[tuple[str, ...], ...]


def read_account(folder: Path, name: str) -> Mapping[str, Any] | None:
    """What a step left in the corpus artefact under this name, if it was on."""
    path = folder / name
    return read_json(path) if path.is_file() else None


def size_view(
    found: Mapping[str, Any] | None, tokenizer: Mapping[str, Any], t: Words
) -> SizeView | None:
    """tokenizer: its stage's metrics; empty before it has run."""
    if not found or not found["bytes"]:
        return None
    lead = t(
        "size.lead",
        documents=t.number(found["documents"]),
        bytes=t.size(found["bytes"]),
        words=t.number(found["words"]),
    )
    ways = [("size.rule", float(found["rule"]["bytes_per_token"]))]
    if tokenizer.get("bytes_per_token"):
        ways.insert(0, ("size.measured", float(tokenizer["bytes_per_token"])))
    rows = []
    for way, ratio in ways:
        tokens = round(found["bytes"] / ratio)
        band = t(f"size.band.{size_band(tokens)}")
        rows.append((t(way), t.number(tokens), t.number(ratio, 2), t.size(found["bytes"]), band))
    return SizeView(lead, tuple(rows))


def balance_view(found: Mapping[str, Any] | None, t: Words) -> BalanceView | None:
    """None when the corpus was not balanced."""
    if not found or not found["groups"]:
        return None
    shown = found["groups"][:_GROUPS]
    names = [_group(row["name"], found["by"], t) for row in shown]
    alt = t(
        "balance.alt",
        values="; ".join(
            f"{name} {t.percent(row['share_before'], 1)} → {t.percent(row['share_after'], 1)}"
            for name, row in zip(names, shown, strict=True)
        ),
    )
    plot = paired_bars(
        [
            (name, 100 * row["share_before"], 100 * row["share_after"])
            for name, row in zip(names, shown, strict=True)
        ],
        labels=(t("balance.before"), t("balance.after")),
        x=t("balance.x"),
        number=t.number,
        alt=alt,
        key="balance",
    )
    ratio = found["feminine_per_masculine"]
    gender = ""
    if ratio["before"] is not None:
        values = {when: t.number(ratio[when] or 0, 2) for when in ("before", "after")}
        gender = t("balance.gender", **values)
    return BalanceView(
        t(
            "balance.lead",
            by=t(f"balance.by.{found['by']}"),
            repeated=t.number(found["documents_repeated"]),
            removed=t.number(found["documents_removed"]),
        ),
        Markup(plot),
        tuple(
            (
                name,
                t.number(row["documents_before"]),
                t.number(row["documents_after"]),
                t.percent(row["share_before"], 1),
                t.percent(row["share_after"], 1),
            )
            for name, row in zip(names, shown, strict=True)
        ),
        gender,
        tuple(
            (t(f"balance.{name}"), t.number(counts["before"]), t.number(counts["after"]))
            for name, counts in sorted(
                found["terms"].items(), key=lambda item: (item[0] not in _GENDER, item[0])
            )
        ),
    )


def _group(name: str, by: str, t: Words) -> str:
    if not name:
        return t("balance.unknown")
    return t.named("lang", name) if by == "lang" else name
