"""What a message or record tells about itself besides its text: its thread and its year.

Threads keep mail, chats and forum posts that answer one another in the same split; the year
serves to balance a corpus by date. Only hashes of message numbers and subjects leave this
module: they may hold names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from email.message import Message
from typing import Any

from dialecto.collect.columns import ANSWERED_FIELDS, DATE_FIELDS, OWN_FIELDS, THREAD_FIELDS

SUBJECT = "s"  # a key of this kind is a guess: many threads can have one subject
_MESSAGE = "m"  # mail's numbers are one the world over
RECORD = "t"  # a table's numbers mean something only within its source
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,400}>")
_ANSWER = re.compile(
    r"^\s*(?:(?:re|rv|fw|fwd|aw|enc|res|tr|wg|sv|vs)\s*(?:\[\d+\]|\(\d+\))?\s*:"
    r"|\[[^\]\n]{1,40}\])\s*",
    re.IGNORECASE,
)
_SUBJECT_WORDS = 3  # a subject of fewer words ("Factura", "Reunión") says nothing
_YEAR = re.compile(r"(?<!\d)(19[5-9]\d|20\d\d)(?!\d)")


def thread_key(kind: str, value: str) -> str:
    """A name for a thread that tells nothing of it."""
    return f"{kind}:{hashlib.blake2b(value.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def mail_threads(message: Message) -> tuple[str, ...]:
    """Keys that a message shares with those that it answers and that answer it.

    Its Message-ID and those in References and In-Reply-To (RFC 5322, 3.6.4), Outlook's
    Thread-Index, Gmail's X-GM-THRID, and its subject without "Re:" (RFC 5256, 2.1).
    """
    raw = {name.lower(): str(value) for name, value in message.raw_items()}
    keys = {
        thread_key(_MESSAGE, found)
        for name in ("message-id", "references", "in-reply-to")
        for found in _MESSAGE_ID.findall(raw.get(name, ""))
    }
    index = "".join(raw.get("thread-index", "").split())
    if len(index) >= 28:  # base64 of 22 bytes, the first of which name the conversation
        keys.add(thread_key(_MESSAGE, f"index:{index[:28]}"))
    if raw.get("x-gm-thrid", "").strip():
        keys.add(thread_key(_MESSAGE, f"gmail:{raw['x-gm-thrid'].strip()}"))
    subject = plain_subject(raw.get("thread-topic") or raw.get("subject", ""))
    if len(subject.split()) >= _SUBJECT_WORDS:
        keys.add(thread_key(SUBJECT, subject))
    return tuple(sorted(keys))


def plain_subject(subject: str) -> str:
    """A subject without answers' and lists' marks, in one spacing and case.

    >>> plain_subject("RE: Fwd: [ventas]  Pedido de  almendra")
    'pedido de almendra'
    """
    from email.header import decode_header, make_header

    with suppress(ValueError, LookupError, UnicodeError):
        subject = str(make_header(decode_header(subject)))
    while (shorter := _ANSWER.sub("", subject, count=1)) != subject:
        subject = shorter
    return " ".join(subject.casefold().split())


def record_threads(record: Any) -> tuple[str, ...]:
    """Keys of the conversation of a record of JSON, SQL or Parquet, by its fields' names."""
    if not isinstance(record, Mapping):
        return ()
    fields = {str(name).lower(): value for name, value in record.items()}
    keys = {
        thread_key(RECORD, f"{name}={value}")
        for name, value in fields.items()
        if name in THREAD_FIELDS and _plain(value)
    }
    answered = [str(fields[name]) for name in ANSWERED_FIELDS if _plain(fields.get(name))]
    # Any table has an `id`; only where records answer one another does it name a message.
    if any(name in fields for name in ANSWERED_FIELDS):
        answered += [str(fields[name]) for name in OWN_FIELDS if _plain(fields.get(name))][:1]
    keys |= {thread_key(RECORD, f"message={value}") for value in answered}
    return tuple(sorted(keys))


def _plain(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip() != ""


def year_of(values: Iterable[Any]) -> int:
    """The first year (1950-2099) that one of the values names; 0 when none does."""
    for value in values:
        found = _YEAR.search(str(value)[:200]) if value is not None else None
        if found:
            return int(found[1])
    return 0


_DATED = re.compile(
    r"^\W{0,4}(?:fecha|date|data|published|publicado)\b[^\n]{0,40}", re.IGNORECASE | re.MULTILINE
)
_HEAD = 600  # characters in which a document says of when it is


def document_year(own: int, path: str, text: str) -> int:
    """The year that the document's format gives, or a line "Fecha: ...", or else its path."""
    if own:
        return own
    return year_of((*_DATED.findall(text[:_HEAD]), path))


def record_year(record: Any) -> int:
    """The year of a record by the fields that usually hold its date; 0 when unknown."""
    if not isinstance(record, Mapping):
        return 0
    fields = {str(name).lower(): value for name, value in record.items()}
    return year_of(fields[name] for name in DATE_FIELDS if name in fields)
