"""E-mail: who wrote to whom about what, and the body; attachments are documents of their own.

A mailbox is read message by message whatever its size; an attachment of the third one has the path
`correo.mbox:3!/acta.pdf`. What no format reads (a logo) is only named in the message.
"""

from __future__ import annotations

import email
import email.policy
import mimetypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.errors import MessageError
from email.message import EmailMessage
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from dialecto.corpus.decode import NotText, decode
from dialecto.corpus.extract.content import LARGEST_FILE, Content, of_bytes
from dialecto.corpus.extract.context import mail_threads, year_of
from dialecto.corpus.extract.html import html_to_text
from dialecto.corpus.extract.piece import Piece, Unreadable
from dialecto.corpus.extract.visit import Container, Visit
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
_MBOX_FROM = re.compile(rb"^From \S+.*\d{4}\s*$")
_LONGEST_LINE = 1 << 20
_RENEW = 200  # messages after which the crew's clock starts anew


def extract_eml(content: Content, visit: Visit) -> Iterator[Piece]:
    """A message: the headers that people read and the body; then its attachments."""
    yield from _documents(content.read(), "", visit)


def extract_mbox(content: Content, visit: Visit) -> Iterator[Piece]:
    """Each message of a Unix mailbox (mboxrd: `>From ` in a body is `From `)."""
    number = 0
    with content.open() as stream:
        for number, data in enumerate(_messages(stream), 1):
            if number % _RENEW == 0:
                visit.resume(visit.current)
            try:
                yield from _documents(data, str(number), visit)
            except Unreadable as error:
                yield Piece("", str(number), problem=error.reason, detail=error.detail)
    if not number:
        raise Unreadable("malformed", "not a mailbox: no `From ` line")


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    lines: list[bytes] | None = None
    size = 0
    blank = True
    while line := stream.readline(_LONGEST_LINE):
        if blank and line.startswith(b"From ") and _MBOX_FROM.match(line):
            if lines is not None:
                yield b"".join(lines)
            lines, size = [], 0
        elif lines is not None and size < LARGEST_FILE:
            lines.append(line[1:] if line.startswith(b">From ") else line)
            size += len(line)
        blank = not line.strip()
    if lines is not None:
        yield b"".join(lines)


def _documents(data: bytes, record: str, visit: Visit) -> Iterator[Piece]:
    """A message and its attachments, all of one thread."""
    message = parse_mail(data)
    attached = list(_attachments(message))
    text = mail_to_text(data, message, [name for name, _ in attached])
    headers = email.message_from_bytes(data[:_HEADER_BYTES])  # tolerant: it only splits lines
    threads, year = mail_threads(headers), year_of([headers.get("date")])
    yield Piece(text, record, threads=threads, year=year)
    container = Container(visit)
    try:
        for piece in _attached(attached, container):
            place = f":{record}{piece.inside}" if record else piece.inside
            known = tuple(sorted({*piece.threads, *threads}))
            yield replace(piece, inside=place, threads=known, year=piece.year or year)
    except Unreadable as error:  # of the walk: its limits are reached
        place = f":{record}!/" if record else "!/"
        yield Piece("", problem=error.reason, detail=error.detail, inside=place)


def _attached(attached: list[tuple[str, EmailMessage]], container: Container) -> Iterator[Piece]:
    for name, part in attached:
        for piece in container.member(name, partial(_attachment, name, part), 0):
            if piece.problem != "unsupported_format":  # a picture or a signature is only named
                yield piece


def _attachments(message: EmailMessage) -> Iterator[tuple[str, EmailMessage]]:
    for part in _parts(message):
        kind = part.get_content_type()
        try:
            name = part.get_filename() or ""
        except (ValueError, LookupError, TypeError, AttributeError):
            name = ""
        attached = part.get_content_disposition() == "attachment" or kind == "message/rfc822"
        if not attached and (not name or kind.startswith(("text/", "image/"))):
            continue
        if part.is_multipart() and kind != "message/rfc822":
            continue
        name = " ".join(name.replace("\\", "/").rpartition("/")[2].split()).lstrip(".")
        if not PurePosixPath(name).suffix:
            ending = ".eml" if kind == "message/rfc822" else mimetypes.guess_extension(kind)
            name = (name or "adjunto") + (ending or "")
        yield name, part


def _attachment(name: str, part: EmailMessage) -> Content:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        message = inner[0] if isinstance(inner, list) and inner else part
        return of_bytes(name, message.as_bytes(policy=email.policy.compat32))  # type: ignore[union-attr]
    payload = part.get_payload(decode=True)
    return of_bytes(name, payload if isinstance(payload, bytes) else b"")


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """All parts, but not those of messages that are attached."""
    yield message
    if message.get_content_type() != "message/rfc822" and message.is_multipart():
        for part in message.iter_parts():
            yield from _parts(cast("EmailMessage", part))


def parse_mail(data: bytes) -> EmailMessage:
    """A message's parts. Raises Unreadable when it is none."""
    if data[:1024].count(b"\0"):
        raise Unreadable("binary", "the message holds zero bytes")
    try:
        return email.message_from_bytes(data, policy=email.policy.default)
    except (MessageError, ValueError, LookupError) as error:
        raise Unreadable("malformed", f"not a message: {error}") from error


def mail_to_text(
    data: bytes, message: EmailMessage | None = None, attached: Sequence[str] = ()
) -> str:
    """Readable text of one message. Raises Unreadable when it is none or says nothing."""
    message = message or parse_mail(data)
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
    if attached:
        lines.append(f"{'Adjuntos' if spanish else 'Attached'}: {', '.join(attached)}")
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
    for part in _parts(message):
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
