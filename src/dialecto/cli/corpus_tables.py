"""How `dialecto corpus` prints what it found, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dialecto.cli.output import print_table, say

_POINTS = ("p1", "p5", "p25", "p50", "p75", "p95", "p99")
_DECISIONS = 30


def print_preview(found: Mapping[str, Any]) -> None:
    """Counts, percentiles of the measures, decisions on rules, examples before and after."""
    seen, removed = found["documents"], found["removed"]
    print(f"{found['step']}: {removed} of {seen} documents would go ({found['share']:.1%})")
    if "newly_removed" in found:
        print(
            f"now {found['removed_now']}; {found['newly_removed']} more, "
            f"{found['no_longer_removed']} back (measures of corpus {found['corpus']})"
        )
    else:
        say(f"tried on {found['files']} of {found['files_in_sources']} files")
    for reason, count in found.get("reasons", {}).items():
        print(f"    {reason}: {count}")
    if found.get("changed"):
        print(f"    changed, and stay: {found['changed']}")
    if found["percentiles"]:
        print()
        print_table(
            ("measure", *_POINTS),
            [
                (name, *(f"{points.get(point, 0):.4g}" for point in _POINTS))
                for name, points in found["percentiles"].items()
            ],
        )
    if "quality" in found:
        _print_decisions(found["quality"]["decisions"])
    for example in found["examples"]:
        print()
        fate = " ".join(filter(None, (example["reason"], example["detail"])))
        print(f"{example['source']}/{example['path']}  {fate}")
        _print_text("-", example["before"])
        _print_text("+", example["after"])


def _print_decisions(decisions: Sequence[Mapping[str, Any]]) -> None:
    """The rules that some document breaks, those that remove most first."""
    ordered = sorted(
        decisions, key=lambda d: (-d["failed"], -d["beyond_published"], d["group"], d["rule"])
    )
    if not ordered:
        return
    print()
    print_table(
        ("rule", "group", "documents", "published", "beyond it", "applied", "at", "would go"),
        [
            (
                d["rule"],
                d["group"],
                str(d["documents"]),
                f"{d['published']:.4g}",
                str(d["beyond_published"]),
                d["applied"],
                "" if d["threshold"] is None else f"{d['threshold']:.4g}",
                str(d["failed"]),
            )
            for d in ordered[:_DECISIONS]
        ],
    )
    if len(ordered) > _DECISIONS:
        say(f"and {len(ordered) - _DECISIONS} more; --json has them all")


def _print_text(mark: str, text: str) -> None:
    for line in text.splitlines():
        print(f"    {mark} {line}")


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


def print_difference(found: Mapping[str, Any]) -> None:
    """Totals, by source and by fate, and a few documents of each kind."""
    documents, kept = found["documents"], found["kept"]
    print_table(
        ("", found["a"], found["b"]),
        [
            ("documents", str(documents["a"]), str(documents["b"])),
            ("kept", str(kept["a"]), str(kept["b"])),
        ],
    )
    if found["same"]:
        print("no difference")
        return
    kinds = ("added", "gone", "source_changed", "outcome_changed", "split_changed", "text_changed")
    shown = [kind for kind in kinds if found[kind]]
    print()
    print_table(
        ("source", *(kind.replace("_", " ") for kind in shown)),
        [
            *(
                (source, *(str(tally.get(kind, 0)) for kind in shown))
                for source, tally in sorted(found["by_source"].items())
            ),
            ("total", *(str(found[kind]) for kind in shown)),
        ],
    )
    if found["by_reason"]:
        print()
        for change, count in found["by_reason"].items():
            print(f"{count:>7}  {change}")
    for kind in shown:
        print(f"\n{kind.replace('_', ' ')}:")
        for row in found["examples"][kind]:
            print(f"    {row['source']}/{row['path']}  {row['before']} -> {row['after']}")


def print_size(found: Mapping[str, Any]) -> None:
    """Splits in a table, then the arithmetic of tokens in both ways."""
    units = ("rows", "bytes", "words")
    print_table(
        ("split", *units),
        [
            *((name, *(f"{row[u]:,}" for u in units)) for name, row in found["splits"].items()),
            ("all", *(f"{found[unit]:,}" for unit in units)),
        ],
    )
    own, rule = found["own"], found["rule"]
    print(f"documents: {found['documents']:,}")
    for label, way in ((own["method"], own), ("rule of thumb", rule)):
        print(
            f"{label}: {way['tokens']:,} tokens x {way['bytes_per_token']:g} bytes per token = "
            f"{found['bytes']:,} bytes ({_BANDS[way['size_band']]})"
        )
    if found["bytes_read_in_an_epoch"] != found["splits"]["train"]["bytes"]:
        print(f"an epoch of training reads {own['tokens_read_in_an_epoch']:,} tokens")


_BANDS = {
    "under_1b": "EU summary: less than 1 billion tokens",
    "1b_10t": "EU summary: 1 billion to 10 trillion tokens",
    "over_10t": "EU summary: more than 10 trillion tokens",
}
