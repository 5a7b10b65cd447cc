"""How `dialecto corpus` prints what it found, for people, in the language of their recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dialecto.cli.output import print_table, say
from dialecto.corpus.split import SPLITS
from dialecto.reporting.texts import Words

_POINTS = ("p1", "p5", "p25", "p50", "p75", "p95", "p99")
_DECISIONS = 30


def words_of(project: Path) -> Words:
    """The words of a project's language; English ones where there is no project."""
    from dialecto.project import Project
    from dialecto.runtime import DialectoError

    try:
        return Words(Project.open(project, sources=False).recipe.lang)
    except DialectoError:
        return Words("en")


def fate(t: Words, outcome: str, reason: str = "") -> str:
    """What became of a document: `removed: exact copy of another`."""
    told = t.named("outcome", outcome) if outcome != "absent" else t("tables.absent")
    return f"{told}: {t.named('reason', reason)}" if reason else told


def _told(t: Words, text: str) -> str:
    """The same from `removed: quality`; what is no fate (a split, a hash) as it is called."""
    outcome, _, reason = text.partition(": ")
    if outcome in ("kept", "removed", "quarantined", "absent"):
        return fate(t, outcome, reason)
    return ", ".join(t.named("split", name) for name in text.split(","))


def print_preview(found: Mapping[str, Any], t: Words) -> None:
    """Counts, percentiles of the measures, decisions on rules, examples before and after."""
    seen, removed = found["documents"], found["removed"]
    step = t.named("step", found["step"])
    share = t.percent(found["share"], 1)
    print(t("tables.would_go", step=step, removed=t.number(removed), seen=t.number(seen),
            share=share))  # fmt: skip
    if "newly_removed" in found:
        print(
            t(
                "tables.now",
                now=t.number(found["removed_now"]),
                more=t.number(found["newly_removed"]),
                back=t.number(found["no_longer_removed"]),
                corpus=found["corpus"],
            )
        )
    else:
        say(t("tables.tried", files=found["files"], all=found["files_in_sources"]))
    for reason, count in found.get("reasons", {}).items():
        print(f"    {_told(t, reason)}: {t.number(count)}")
    if found.get("changed"):
        print("    " + t("tables.changed", count=t.number(found["changed"])))
    if found["percentiles"]:
        print()
        print_table(
            (t("tables.measure"), *_POINTS),
            [
                (name, *(f"{points.get(point, 0):.4g}" for point in _POINTS))
                for name, points in found["percentiles"].items()
            ],
        )
    if "quality" in found:
        _print_decisions(found["quality"]["decisions"], t)
    if "balance" in found:
        _print_groups(found["balance"]["groups"], t)
    for example in found["examples"]:
        print()
        why = " ".join(filter(None, (example["reason"], example["detail"])))
        print(f"{example['source']}/{example['path']}  {why}")
        _print_text("-", example["before"])
        _print_text("+", example["after"])


def _print_decisions(decisions: Sequence[Mapping[str, Any]], t: Words) -> None:
    """The rules that some document breaks, those that remove most first."""
    ordered = sorted(
        decisions, key=lambda d: (-d["failed"], -d["beyond_published"], d["group"], d["rule"])
    )
    if not ordered:
        return
    print()
    names = ("rule", "group", "documents", "published", "beyond", "applied", "at", "fails")
    print_table(
        tuple(t(f"tables.{name}") for name in names),
        [
            (
                d["rule"],
                d["group"],
                str(d["documents"]),
                f"{d['published']:.4g}",
                str(d["beyond_published"]),
                t(f"tables.applied.{d['applied']}"),
                "" if d["threshold"] is None else f"{d['threshold']:.4g}",
                str(d["failed"]),
            )
            for d in ordered[:_DECISIONS]
        ],
    )
    if len(ordered) > _DECISIONS:
        say(t("tables.more_decisions", count=len(ordered) - _DECISIONS))


def _print_groups(groups: Sequence[Mapping[str, Any]], t: Words) -> None:
    """The groups of a balanced corpus and their shares, before and after."""
    print()
    names = ("group", "documents_before", "before", "after")
    print_table(
        tuple(t(f"balance.{name}") for name in names),
        [
            (
                row["name"] or t("balance.unknown"),
                t.number(row["documents_before"]),
                t.percent(row["share_before"], 1),
                t.percent(row["share_after"], 1),
            )
            for row in groups
        ],
    )


def _print_text(mark: str, text: str) -> None:
    for line in text.splitlines():
        print(f"    {mark} {line}")


def print_documents(rows: Sequence[Mapping[str, Any]], t: Words) -> None:
    """Rows of lineage with the beginning of their text, or what was found in it."""
    for row in rows:
        told = fate(t, row["outcome"], row["reason"])
        split = _told(t, row["split"]) if row["split"] else ""
        print(f"{row['id']}  {row['source']}/{row['path']}  {row['lang']}  {told}  {split}")
        if row["detail"]:
            print(f"    {row['detail']}")
        _print_text("|", row["text"])
    if not rows:
        say(t("tables.none_like_that"))


def print_why(documents: Sequence[Mapping[str, Any]]) -> None:
    """The answer first, then step by step."""
    for number, row in enumerate(documents):
        if number:
            print()
        print(f"{row['id']}  {row['source']}/{row['path']}")
        print(row["answer"])
        width = max((len(step["title"]) for step in row["steps"]), default=0)
        for step in row["steps"]:
            print(f"    {step['title'].ljust(width)}  {step['text']}")
        _print_text("|", row["text"])


def print_difference(found: Mapping[str, Any], t: Words) -> None:
    """Totals, by source and by fate, and a few documents of each kind."""
    documents, kept = found["documents"], found["kept"]
    print_table(
        ("", found["a"], found["b"]),
        [
            (t("tables.documents"), t.number(documents["a"]), t.number(documents["b"])),
            (t("tables.kept"), t.number(kept["a"]), t.number(kept["b"])),
        ],
    )
    if found["same"]:
        print(t("tables.same"))
        return
    kinds = ("added", "gone", "source_changed", "outcome_changed", "split_changed", "text_changed")
    shown = [kind for kind in kinds if found[kind]]
    print()
    print_table(
        (t("tables.source"), *(t(f"tables.{kind}") for kind in shown)),
        [
            *(
                (source, *(t.number(tally.get(kind, 0)) for kind in shown))
                for source, tally in sorted(found["by_source"].items())
            ),
            (t("tables.total"), *(t.number(found[kind]) for kind in shown)),
        ],
    )
    if found["by_reason"]:
        print()
        for change, count in found["by_reason"].items():
            before, _, after = change.partition(" -> ")
            print(f"{t.number(count):>7}  {_told(t, before)} -> {_told(t, after)}")
    for kind in shown:
        print(f"\n{t(f'tables.{kind}')}:")
        for row in found["examples"][kind]:
            before, after = _told(t, row["before"]), _told(t, row["after"])
            print(f"    {row['source']}/{row['path']}  {before} -> {after}")


def print_size(found: Mapping[str, Any], t: Words) -> None:
    """Splits in a table, then the arithmetic of tokens in both ways."""
    units = ("rows", "bytes", "words")
    print_table(
        (t("tables.split"), *(t(f"tables.{unit}") for unit in units)),
        [
            *(
                (t.named("split", name), *(t.number(found["splits"][name][u]) for u in units))
                for name in SPLITS
            ),
            (t("tables.all"), *(t.number(found[unit]) for unit in units)),
        ],
    )
    own, rule = found["own"], found["rule"]
    print(t("tables.documents_are", count=t.number(found["documents"])))
    for label, way in ((own["method"], own), ("rule_of_thumb", rule)):
        print(
            t(
                "tables.tokens",
                way=t(f"tables.{label}"),
                tokens=t.number(way["tokens"]),
                ratio=t.number(way["bytes_per_token"], 4).rstrip("0").rstrip(",."),
                bytes=t.number(found["bytes"]),
                band=t(f"size.band.{way['size_band']}"),
            )
        )
    if found["bytes_read_in_an_epoch"] != found["splits"]["train"]["bytes"]:
        print(t("tables.epoch", tokens=t.number(own["tokens_read_in_an_epoch"])))


def print_known(found: Mapping[str, Any], t: Words) -> None:
    """Which documents are there already, then how many."""
    rows = [
        (d["path"], t.named("reason", d["kind"]), t.number(d["similarity"], 2), d["of"])
        for d in found["duplicates"]
    ]
    if rows:
        names = ("document", "kind", "similarity", "of")
        print_table(tuple(t(f"tables.{name}") for name in names), rows)
    if found["unreadable"]:
        say(t("tables.unreadable", count=t.number(found["unreadable"])))
    say(t("tables.known", known=t.number(found["known"]), count=t.number(found["documents"])))
