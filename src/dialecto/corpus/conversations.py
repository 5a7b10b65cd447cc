"""Conversations to tune on: validated line by line, protected like documents, split by seed."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from dialecto.corpus.chunks import ConversationTask, StepSettings, whole_parquet
from dialecto.corpus.contamination import REASON as CONTAMINATED
from dialecto.corpus.contamination import contaminations, known_items
from dialecto.corpus.decode import NotText, decode
from dialecto.corpus.extract import Unreadable, extract_content
from dialecto.corpus.extract.codecs import SUFFIXES, unpacked
from dialecto.corpus.extract.visit import Visit
from dialecto.corpus.personal_data import PAIRS, POLICY_REASON, protection_for
from dialecto.corpus.plan import InputFile
from dialecto.corpus.signature import content_key
from dialecto.corpus.table import KEPT, QUARANTINED, REMOVED, document_id
from dialecto.corpus.workers import Unit

ROLES = frozenset(("system", "user", "assistant", "tool"))
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
CONVERSATIONS = pa.schema([("id", pa.string()), ("messages", MESSAGES)])
CHECKED = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("path", pa.string()),
        ("sha256", pa.string()),
        ("messages", MESSAGES),
        ("key", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("entities", pa.map_(pa.string(), pa.int64())),
        ("pairs", pa.list_(PAIRS)),
    ]
)
_BATCH = 500


class Invalid(ValueError):
    """A line is not a conversation; the message says why."""


def parse_conversation(line: str) -> list[dict[str, str]]:
    """The messages of one JSON line. Raises Invalid."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"not JSON: {error}") from error
    messages = record.get("messages") if isinstance(record, dict) else None
    if not isinstance(messages, list) or not messages:
        raise Invalid("no `messages` list")
    parsed = []
    for number, message in enumerate(messages, 1):
        role = message.get("role") if isinstance(message, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if role not in ROLES:
            raise Invalid(f"message {number}: role {role!r} is none of {', '.join(sorted(ROLES))}")
        if not isinstance(content, str) or not content.strip():
            raise Invalid(f"message {number}: `content` is not text")
        parsed.append({"role": role, "content": content.encode("utf-8", "replace").decode()})
    roles = [message["role"] for message in parsed]
    if "user" not in roles or "assistant" not in roles:
        raise Invalid("needs a `user` and an `assistant` message")
    return parsed


def check_conversations(task: ConversationTask, lost: dict[int, str], unit: Unit) -> int:
    """Validates and protects one file; returns the conversations found."""
    from dialecto.runtime.files import sha256_file

    file = task.file
    total = 0
    with whole_parquet(task.output, CHECKED) as writer:
        sha = sha256_file(Path(file.location))
        rows: list[dict[str, Any]] = []
        unit(0, 60 + 120 * file.bytes / 1e6)
        if lost:
            rows.append(
                _row(file, "", sha) | _problem(lost[min(lost)], "a step failed on the file")
            )
        else:
            for row in _rows(task, sha):
                rows.append(row)
                if len(rows) >= _BATCH:
                    writer.write_table(pa.Table.from_pylist(rows, schema=CHECKED))
                    total += len(rows)
                    rows = []
        if not rows and not total:
            rows.append(_row(file, "", sha) | _problem("empty", "the file has no lines"))
        writer.write_table(pa.Table.from_pylist(rows, schema=CHECKED))
        total += len(rows)
    return total


def _rows(task: ConversationTask, sha: str) -> Iterator[dict[str, Any]]:
    """A row for each line of a file, which may be compressed; one more where it breaks off."""
    path = Path(task.file.location)
    codec = SUFFIXES.get(path.suffix.lower())
    number = 0
    try:
        with path.open("rb") as file:
            meter = Visit(extract_content, task.file.bytes).unpacked
            lines = unpacked(file, codec, meter) if codec else file
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _checked(task, number, line, sha)
    except Unreadable as error:
        yield _row(task.file, str(number + 1), sha) | _problem(error.reason, error.detail)


def _row(file: InputFile, record: str, sha: str) -> dict[str, Any]:
    path = f"{file.path}:{record}" if record else file.path
    return {
        "id": document_id(file.source, path),
        "source": file.source,
        "path": path.encode("utf-8", "replace").decode(),
        "sha256": sha,
        "messages": [],
        "key": "",
        "outcome": KEPT,
        "reason": "",
        "detail": "",
        "entities": [],
        "pairs": [],
    }


def _problem(reason: str, detail: str) -> dict[str, str]:
    return {"outcome": QUARANTINED, "reason": reason, "detail": detail}


def _checked(task: ConversationTask, number: int, line: bytes, sha: str) -> dict[str, Any]:
    row = _row(task.file, str(number), sha)
    where = row["path"]
    try:
        text, _ = decode(line.lstrip(b"\xef\xbb\xbf") if number == 1 else line)
        messages = parse_conversation(text)
    except NotText as error:
        return row | _problem("binary", str(error))
    except Invalid as error:
        return row | _problem("malformed", f"{where}: {error}")
    if task.settings.section.decontaminate.files:
        whole = "\n\n".join(message["content"] for message in messages)
        (told,) = contaminations([whole], known_items(task.settings))
        if told:
            return row | {"outcome": REMOVED, "reason": CONTAMINATED, "detail": told}
    key = content_key("\n".join(f"{m['role']} {m['content']}" for m in messages))
    return row | {"key": key} | _protect(messages, task.settings)


def _protect(messages: list[dict[str, str]], settings: StepSettings) -> dict[str, Any]:
    """The messages with the pseudonyms that the documents have; settled if a policy drops them."""
    protection = protection_for(settings)
    contents = [m["content"] for m in messages]
    results = list(protection.protect_all(contents, settings.lang))
    dropped = ",".join(sorted({result.dropped for result in results if result.dropped}))
    if dropped:
        return {"outcome": REMOVED, "reason": POLICY_REASON, "detail": dropped}
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result.counts)
    protected = [
        {"role": message["role"], "content": result.text}
        for message, result in zip(messages, results, strict=True)
    ]
    pairs = sorted({pair for result in results for pair in result.pairs})
    return {
        "messages": protected,
        "entities": sorted(counts.items()),
        "pairs": [dict(zip(PAIRS.names, pair, strict=True)) for pair in pairs],
    }


def in_validation(key: str, seed: int, share: float = 0.05) -> bool:
    """Whether a conversation validates. Decided by its content, so repetitions agree."""
    drawn = hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") < share * 2**64
