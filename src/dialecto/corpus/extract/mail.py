"""E-mail: who wrote to whom about what, and the body; attachments and transport are left out."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.message import EmailMessage

from dialecto.corpus.decode import NotText, decode
from dialecto.corpus.extract.content import Content
from dialecto.corpus.extract.context import mail_threads, year_of
from dialecto.corpus.extract.html import html_to_text
from dialecto.corpus.extract.piece import Piece, Unreadable
from dialecto.corpus.language import share_of_common_words

# Header, and how a reader of Spanish and of any other language sees it named.
_HEADERS = (
    ("from", "De", "From"),
    ("to", "Para", "To"),
    ("cc", "Cc", "Cc"),
    ("date", "Fecha", "Date"),
    ("subject", "Asunto", "Subject"),
)
_HEADER_BYTES = 65_536
_MBOX_FROM = re.compile(rb"^From \S+.*\d{4}\s*$", re.MULTILINE)


def extract_eml(content: Content) -> Iterator[Piece]:
    """One document: the headers that people read, then the body."""
    yield _piece(content.read())


def extract_mbox(content: Content) -> Iterator[Piece]:
    """One document for each message of a Unix mailbox."""
    data = content.read()
    starts = [found.start() for found in _MBOX_FROM.finditer(data)]
    if not starts:
        raise Unreadable("malformed", "not a mailbox: no `From ` line")
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), 1):
        message = data[data.find(b"\n", start) + 1 : end]
        try:
            yield _piece(message, str(number))
        except Unreadable as error:
            yield Piece("", str(number), problem=error.reason, detail=error.detail)


def _piece(data: bytes, record: str = "") -> Piece:
    text = mail_to_text(data)
    headers = email.message_from_bytes(data[:_HEADER_BYTES])  # tolerant: it only splits lines
    year = year_of([headers.get("date")])
    return Piece(text, record, threads=mail_threads(headers), year=year)


def mail_to_text(data: bytes) -> str:
    """Readable text of one message. Raises Unreadable when it is none or says nothing."""
    if data[:1024].count(b"\0"):
        raise Unreadable("binary", "the message holds zero bytes")
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
    except (MessageError, ValueError, LookupError) as error:
        raise Unreadable("malformed", f"not a message: {error}") from error
    values = [_header(message, name) for name, _, _ in _HEADERS]
    if not any(values):
        raise Unreadable("malformed", "not a message: no From, To or Subject")
    body = _body(message)
    words = f"{values[-1]} {body}"
    spanish = share_of_common_words(words, "es") >= share_of_common_words(words, "en")
    lines = [
        f"{es if spanish else other}: {value}"
        for (_, es, other), value in zip(_HEADERS, values, strict=True)
        if value
    ]
    if not body.strip() and not _header(message, "subject"):
        raise Unreadable("no_text", "the message has no text")
    return "\n".join(lines) + "\n\n" + body.strip("\r\n")


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = str(message.get(name, ""))
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):
        # The policy's parser stumbles over some broken headers; the raw value still reads.
        raw = dict(message.raw_items()).get(name.title(), "")
        value = str(raw)
    if any("\udc80" <= char <= "\udcff" for char in value):
        value = _text(value.encode("ascii", "surrogateescape"))
    return " ".join(value.split())


def _body(message: EmailMessage) -> str:
    plain: list[str] = []
    pages: list[str] = []
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html"):
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        text = _text(payload, part.get_content_charset() or "")
        (pages if kind == "text/html" else plain).append(text)
    if any(text.strip() for text in plain):
        return "\n\n".join(plain)
    return "\n\n".join(html_to_text(page) for page in pages)


def _text(payload: bytes, declared: str = "") -> str:
    try:
        return decode(payload, declared)[0]
    except NotText:
        return ""
