"""WARC and ARC: each answer that is a document, verified, decoded, and left out when it asks so."""

from __future__ import annotations

import base64
import gzip
import hashlib
import random
import zlib
from pathlib import Path

import brotli
import pytest
import zstandard

from dialecto.corpus.extract.http import dechunked, decoded_body, parse_answer
from tests.corpus.extract.test_archives import read

PAGE = "<html><head>{}</head><body><h1>Riego</h1><p>Se riega de noche, mañana no.</p></body></html>"
TEXT = "# Riego\n\nSe riega de noche, mañana no."


def record(kind: str, address: str, block: bytes, *headers: str) -> bytes:
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>",
        "WARC-Date: 2026-01-01T00:00:00Z",
        f"WARC-Target-URI: {address}",
        f"Content-Length: {len(block)}",
        *(headers or ["Content-Type: application/http; msgtype=response"]),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def answer(body: bytes, *headers: str, status: int = 200) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} X", *headers]).encode() + b"\r\n\r\n" + body


def html(head: str = "", *headers: str, encoding: str = "utf-8") -> bytes:
    kind = f"Content-Type: text/html; charset={encoding}"
    return answer(PAGE.format(head).encode(encoding), kind, *headers)


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "sin-nombre"])
def test_documents_of_a_web_archive(tmp_path: Path, name: str) -> None:
    site = "https://sitio.example"
    records = [
        record("warcinfo", "", b"software: x", "Content-Type: application/warc-fields"),
        record("request", f"{site}/", b"GET / HTTP/1.1\r\n\r\n"),
        record("response", f"{site}/", html(encoding="iso-8859-1")),
        record("response", f"{site}/", html()),
        record("response", f"{site}/no", html()),
        record("response", f"{site}/a.txt", answer(b"Un texto.", "Content-Type: text/plain")),
        record("response", f"{site}/a.md", answer(b"[Un](x) texto.", "Content-Type: text/plain")),
        record("response", f"{site}/x.png", answer(b"\x89PNG", "Content-Type: image/png")),
        record("response", f"{site}/404", answer(b"no", "Content-Type: text/html", status=404)),
        record("revisit", f"{site}/", answer(b"")),
        record("conversion", f"{site}/wet", b"Texto ya sacado.", "Content-Type: text/plain"),
        record("resource", "urn:r", b'{"text": "uno"}', "Content-Type: application/json"),
        record("response", f"{site}/vacia", answer(b"", "Content-Type: text/html")),
    ]
    gz = name != "a.warc"
    (tmp_path / name).write_bytes(
        b"".join(map(gzip.compress, records)) if gz else b"".join(records)
    )
    assert read(tmp_path / name) == {
        f"!/{site}/": TEXT,
        f"!/{site}/#2": TEXT,
        f"!/{site}/no": TEXT,
        f"!/{site}/a.txt": "Un texto.",
        f"!/{site}/a.md": "Un texto.",
        f"!/{site}/wet": "Texto ya sacado.",
        "!/urn:r": "uno",
        ":skipped": "(skipped)",
    }


def test_pages_that_ask_not_to_be_used(tmp_path: Path) -> None:
    asking = [
        html("", "X-Robots-Tag: noindex, nofollow"),
        html("", "X-Robots-Tag: noai"),
        html("", "tdm-reservation: 1"),
        html('<meta name="robots" content="index, NoAI">'),
        html("<META CONTENT=noindex NAME=Robots>"),
        html('<meta name="tdm-reservation" content="1">'),
    ]
    willing = [
        html("", "X-Robots-Tag: otherbot: noindex"),
        html("", "X-Robots-Tag: nofollow", "tdm-reservation: 0"),
        html('<meta name="robots" content="index,follow"><meta name="author" content="noindex">'),
    ]
    file = tmp_path / "a.warc"
    file.write_bytes(b"".join(record("response", "http://a/", page) for page in asking + willing))
    assert list(read(file).values()) == ["(opt_out)"] * 6 + [TEXT] * 3


def test_digests_are_verified(tmp_path: Path) -> None:
    block = html()
    sha1 = hashlib.sha1(block, usedforsecurity=False).digest()
    payload = hashlib.sha256(block.split(b"\r\n\r\n", 1)[1]).digest()
    digests = [
        f"WARC-Block-Digest: sha1:{base64.b32encode(sha1).decode()}",
        f"WARC-Block-Digest: sha1:{sha1.hex()}",
        f"WARC-Payload-Digest: sha-256:{base64.b64encode(payload).decode()}",
        "WARC-Payload-Digest: desconocido:abc",
        f"WARC-Block-Digest: sha1:{bytes(20).hex()}",
        f"WARC-Payload-Digest: sha1:{bytes(20).hex()}",
    ]
    kind = "Content-Type: application/http; msgtype=response"
    file = tmp_path / "a.warc"
    file.write_bytes(b"".join(record("response", "http://a/", block, kind, d) for d in digests))
    assert list(read(file).values()) == [TEXT] * 4 + ["(digest_mismatch)"] * 2


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw", "br", "zstd", "none", "identity"])
def test_bodies_are_unpacked(tmp_path: Path, encoding: str) -> None:
    page = PAGE.format("").encode()
    raw = zlib.compressobj(wbits=-15)
    body = {
        "gzip": gzip.compress(page),
        "deflate": zlib.compress(page),
        "raw": raw.compress(page) + raw.flush(),
        "br": brotli.compress(page),
        "zstd": zstandard.ZstdCompressor().compress(page),
    }.get(encoding, page)
    named = {"raw": "deflate", "none": "gzip"}.get(encoding, encoding)
    chunked = b"".join(
        f"{len(part):x};x=y\r\n".encode() + part + b"\r\n" for part in (body[:50], body[50:])
    )
    headers = ("Content-Type: text/html", f"Content-Encoding: {named}")
    file = tmp_path / "a.warc"
    file.write_bytes(
        record("response", "http://a/1", answer(body, *headers))
        + record(
            "response", "http://a/2",
            answer(chunked + b"0\r\n\r\n", *headers, "Transfer-Encoding: chunked"),
        )
        + record("response", "http://a/3", answer(body, *headers, "Transfer-Encoding: chunked"))
    )  # fmt: skip
    assert list(read(file).values()) == [TEXT] * 3


def test_a_body_that_swells_is_refused(tmp_path: Path) -> None:
    bomb = answer(
        gzip.compress(bytes(60_000_000)), "Content-Type: text/html", "Content-Encoding: gzip"
    )
    file = tmp_path / "a.warc"
    file.write_bytes(
        record("response", "http://a/1", bomb) + record("response", "http://a/2", html())
    )
    assert read(file) == {"!/http://a/1": "(archive_bomb)", "!/http://a/2": TEXT}


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_a_web_archive_cut_off_gives_what_is_before(tmp_path: Path, name: str) -> None:
    records = [record("response", f"http://a/{n}", html()) for n in range(9)]
    packed = list(map(gzip.compress, records)) if name.endswith("gz") else records
    file = tmp_path / name
    file.write_bytes(b"".join(packed[:8]) + packed[8][: len(packed[8]) // 2])
    found = read(file)
    assert [found[f"!/http://a/{n}"] for n in range(8)] == [TEXT] * 8
    assert found[""] == "(truncated)"


def test_arc(tmp_path: Path) -> None:
    page = html()
    lines = b"filedesc://a.arc 127.0.0.1 20140216050221 text/plain 75\n1 0 LiveWeb Capture\n"
    lines += b"URL IP-address Archive-date Content-type Archive-length\n\n"
    for address in (b"http://a/con espacios", b"http://a/otra"):
        lines += address + b" 1.2.3.4 20140216050221 text/html %d\n" % len(page) + page + b"\n"
    (tmp_path / "a.arc").write_bytes(lines)
    (tmp_path / "b.arc.gz").write_bytes(gzip.compress(lines))
    wanted = {"!/http://a/con espacios": TEXT, "!/http://a/otra": TEXT}
    assert read(tmp_path / "a.arc") == read(tmp_path / "b.arc.gz") == wanted
    (tmp_path / "c.arc").write_bytes(lines[:-50])
    assert read(tmp_path / "c.arc")["!/http://a/con espacios"] == TEXT
    (tmp_path / "d.arc").write_bytes(b"no es un arc")
    assert read(tmp_path / "d.arc") == {"": "(malformed)"}


def test_answers_as_they_are_found() -> None:
    assert parse_answer(b"HTTP/1.0 200\nA: b\n\nc").body == b"c"
    assert parse_answer(b"no es HTTP").body == b"no es HTTP"
    assert parse_answer(b"HTTP/1.1 301 X").status == 301
    assert dechunked(b"5\r\nhola \r\n3\r\nmas\r\n") == b"hola mas"
    assert dechunked(b"no hay trozos") == b"no hay trozos"
    assert decoded_body(b"", "gzip") == b""
    assert decoded_body(gzip.compress(zlib.compress(b"dos veces")), "deflate, gzip") == b"dos veces"


def test_records_that_are_spoilt_cost_only_themselves(tmp_path: Path) -> None:
    whole = record("response", "http://a/1", html())
    unmeasured = whole.replace(b"Content-Length: ", b"Content-Length: mucho")
    longer = whole.replace(b"</html>", b"</html> y algo que nadie ha contado\r\n")
    file = tmp_path / "a.warc"
    file.write_bytes(unmeasured + longer + whole)
    assert list(read(file).values()) == ["(malformed)", TEXT, TEXT]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("place", [0.02, 0.5, 0.95])
def test_a_spoilt_member_of_a_web_archive_costs_only_itself(
    tmp_path: Path, large: bool, place: float
) -> None:
    filling = "".join(random.Random(1).choices("abcdefgh ", k=600_000 if large else 500))
    pages = [record("response", f"http://a/{n}", html(f"<!-- {filling} -->")) for n in range(4)]
    packed = [bytearray(gzip.compress(page)) for page in pages]
    at = int(place * len(packed[1]))
    packed[1][at : at + 6] = b"\xff\x00\xff\x00\xff\x00"
    (tmp_path / "a.warc.gz").write_bytes(b"".join(packed))
    found = read(tmp_path / "a.warc.gz")
    assert [found.pop(f"!/http://a/{n}") for n in (0, 2, 3)] == [TEXT] * 3
    assert list(found.values()) == ["(malformed)"]


def test_addresses_left_out_by_the_recipe(tmp_path: Path) -> None:
    file = tmp_path / "a.warc"
    nested = record("response", "http://b/dentro", html())  # looks like a record; is a body
    outer = answer(b"\n" + nested, "Content-Type: text/plain")
    file.write_bytes(
        record("response", "http://b/fuera", outer) + record("response", "http://a/", html())
    )
    assert read(file, exclude=["http://b/*"]) == {"!/http://a/": TEXT}


def test_a_cut_in_a_record_that_is_no_document_is_told(tmp_path: Path) -> None:
    page = record("response", "http://a/", html())
    asked = record("request", "http://a/", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 90)
    (tmp_path / "a.warc").write_bytes(page + asked[:-300])
    assert read(tmp_path / "a.warc") == {"!/http://a/": TEXT, "": "(truncated)"}
