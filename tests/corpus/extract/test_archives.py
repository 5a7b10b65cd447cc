"""Members of archives are documents; what is dangerous or broken costs only itself."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from dialecto.corpus.extract import Piece, Unreadable, extract
from dialecto.corpus.extract import visit as visits

PAGE = "<html><body><h1>Riego</h1><p>Se riega de noche en verano.</p></body></html>"


def read(path: Path, **settings: object) -> dict[str, str]:
    """Text or `reason` by what follows the file's path; a refusal of the file is under ''."""
    found: dict[str, str] = {}
    try:
        for piece in extract(path, **settings):  # type: ignore[arg-type]
            assert piece.place not in found
            found[piece.place] = f"({piece.problem})" if piece.problem else piece.text
    except Unreadable as refusal:
        found[""] = f"({refusal.reason})"
    return found


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


TEXTS = {
    "notas/uno.txt": b"Se poda en enero.",
    "dos.html": PAGE.encode(),
    "lista.jsonl": b'{"text": "tres"}\n{"text": "cuatro"}\n',
    ".git/config": b"nada",
    "vacio.txt": b"",
}
WANTED = {
    "!/notas/uno.txt": "Se poda en enero.",
    "!/dos.html": "# Riego\n\nSe riega de noche en verano.",
    "!/lista.jsonl:1": "tres",
    "!/lista.jsonl:2": "cuatro",
    "!/vacio.txt": "(empty)",
}
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize(
    "method",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
)
def test_zip_of_every_method(tmp_path: Path, method: int) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(TEXTS, method))
    assert read(tmp_path / "a.zip") == WANTED


@pytest.mark.parametrize("suffix", ["", *COMPRESS])
def test_tar_of_every_compression(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a.tar{suffix}"
    file.write_bytes(COMPRESS.get(suffix, bytes)(tarred(TEXTS)))
    assert read(file) == WANTED
    short = {".gz": "tgz", ".bz2": "tbz2", ".xz": "txz", ".zst": "tzst"}
    if suffix:
        assert read(file.rename(tmp_path / f"b.{short[suffix]}")) == WANTED


@pytest.mark.parametrize("suffix", list(COMPRESS))
def test_a_compressed_file_is_read_as_what_it_holds(tmp_path: Path, suffix: str) -> None:
    pack = COMPRESS[suffix]
    page, lines = tmp_path / f"a.html{suffix}", tmp_path / f"a.jsonl{suffix}"
    page.write_bytes(pack(PAGE.encode()))
    assert read(page) == {"": WANTED["!/dos.html"]}
    # Two frames one after another are one file.
    lines.write_bytes(pack(b'{"text": "tres"}\n') + pack(b'{"text": "cuatro"}\n'))
    assert read(lines) == {":1": "tres", ":2": "cuatro"}


@pytest.mark.parametrize("suffix", list(COMPRESS))
def test_a_compressed_file_cut_off_gives_what_is_before(tmp_path: Path, suffix: str) -> None:
    noise = random.Random(7)
    lines = [f'{{"text": "{noise.getrandbits(4000):x}"}}' for _ in range(2000)]
    whole = COMPRESS[suffix]("\n".join(lines).encode())
    file = tmp_path / f"a.jsonl{suffix}"
    file.write_bytes(whole[: len(whole) * 2 // 3])
    found = read(file)
    assert found.pop("") == "(truncated)"
    assert len(found) > 500
    assert found[":1"] in lines[0]
    (tmp_path / f"b.txt{suffix}").write_bytes(whole[: len(whole) * 2 // 3])
    assert read(tmp_path / f"b.txt{suffix}") == {"": "(truncated)"}


def test_nested_archives_to_a_bounded_depth(tmp_path: Path) -> None:
    data = zipped({"a.txt": b"dentro"})
    (tmp_path / "uno.zip").write_bytes(
        zipped({"dos.tar.gz": gzip.compress(tarred({"tres.zip": data})), "b.txt": b"fuera"})
    )
    assert read(tmp_path / "uno.zip") == {
        "!/dos.tar.gz!/tres.zip!/a.txt": "dentro",
        "!/b.txt": "fuera",
    }
    for _ in range(4):
        data = zipped({"mas.zip": data, "al lado.txt": b"al lado"})
    (tmp_path / "hondo.zip").write_bytes(data)
    assert read(tmp_path / "hondo.zip") == {
        "!/mas.zip!/mas.zip!/mas.zip": "(archive_bomb)",
        "!/mas.zip!/mas.zip!/al lado.txt": "al lado",
        "!/mas.zip!/al lado.txt": "al lado",
        "!/al lado.txt": "al lado",
    }


def test_bombs_are_refused_and_their_siblings_read(tmp_path: Path) -> None:
    zeros = bytes(60_000_000)
    file = tmp_path / "a.zip"
    file.write_bytes(zipped({"a.txt": b"antes", "bomba.txt": zeros, "z.txt": b"despues"}))
    wanted = {"!/a.txt": "antes", "!/bomba.txt": "(archive_bomb)", "!/z.txt": "despues"}
    assert read(file) == wanted
    # One that lies about its size in the directory.
    data = bytearray(file.read_bytes())
    for at in range(len(data) - 4):
        if data[at : at + 4] == struct.pack("<L", 60_000_000):
            data[at : at + 4] = struct.pack("<L", 1000)
    file.write_bytes(data)
    assert read(file) == wanted
    for name, pack in COMPRESS.items():
        packed = tmp_path / f"a.txt{name}"
        packed.write_bytes(pack(zeros))
        assert read(packed) == {"": "(archive_bomb)"}
    tar = tmp_path / "a.tar.gz"
    tar.write_bytes(gzip.compress(tarred({"a.txt": b"antes", "bomba.txt": zeros})))
    found = read(tar)
    assert found["!/a.txt"] == "antes"
    assert found["!/bomba.txt"] == "(archive_bomb)"


def test_members_that_overlap_are_a_bomb(tmp_path: Path) -> None:
    whole = zipped({"a.txt": b"el nucleo de la bomba", "b.txt": b"otro"}, zipfile.ZIP_STORED)
    file = tmp_path / "a.zip"
    # The second entry of the directory points at the first one's data.
    at = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 4) + 42
    file.write_bytes(whole[:at] + struct.pack("<L", 0) + whole[at + 4 :])
    assert set(read(file).values()) == {"(archive_bomb)"}


def test_names_that_lead_out_links_and_devices(tmp_path: Path) -> None:
    evil = dict.fromkeys(("../fuera.txt", "/etc/passwd.txt", "a/../../b.txt"), b"no")
    file = tmp_path / "a.zip"
    file.write_bytes(zipped({**evil, "C:\\x.txt": b"no", "bueno.txt": b"si"}))
    found = read(file)
    assert found.pop("!/bueno.txt") == "si"
    assert set(found.values()) == {"(path_traversal)"}
    assert len(found) == 4
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE)
        for kind in (*kinds, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"tipo-{kind.decode()}.txt")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name in (*evil, "bueno.txt"):
            info = tarfile.TarInfo(name)
            info.size = 2
            archive.addfile(info, io.BytesIO(b"si"))
    (tmp_path / "a.tar").write_bytes(out.getvalue())
    found = read(tmp_path / "a.tar")
    assert found.pop("!/bueno.txt") == "si"
    assert set(found.values()) == {"(path_traversal)"}
    assert len(found) == 8
    link = zipfile.ZipInfo("enlace.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive2:
        archive2.writestr(link, "/etc/passwd")
    assert read(tmp_path / "b.zip") == {"!/enlace.txt": "(path_traversal)"}


def test_a_spoilt_or_encrypted_member_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    data = bytearray(zipped({"a.txt": b"estropeado", "b.txt": b"sano"}, zipfile.ZIP_STORED))
    data[data.index(b"estropeado")] ^= 1
    file.write_bytes(data)
    assert read(file) == {"!/a.txt": "(malformed)", "!/b.txt": "sano"}
    for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    file.write_bytes(data)
    assert read(file) == {"!/a.txt": "(encrypted)", "!/b.txt": "sano"}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_zip_cut_off_gives_the_members_before(tmp_path: Path, streamed: bool) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return not streamed

        def seek(self, *_to: int) -> int:
            raise io.UnsupportedOperation

    out = Pipe() if streamed else io.BytesIO()
    texts = {f"{n}.txt": f"texto numero {n} ".encode() * 50 for n in range(9)}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    whole = out.getvalue()
    file = tmp_path / "a.zip"
    file.write_bytes(whole[: whole.index(b"7.txt") + 20])
    found = read(file)
    assert found.pop("") == "(truncated)"
    assert found == {f"!/{n}.txt": texts[f"{n}.txt"].decode() for n in range(7)}


def test_a_tar_cut_off_gives_the_members_before(tmp_path: Path) -> None:
    noise = random.Random(7)
    texts = {f"{n}.txt": f"{noise.getrandbits(80_000):x}".encode() for n in range(9)}
    whole = tarred(texts)
    for name, data in (
        ("a.tar", whole[: whole.index(b"7.txt") + 3000]),
        ("b.tar", whole[: whole.index(b"7.txt")]),
        ("a.tgz", gzip.compress(whole)[: len(gzip.compress(whole)) * 4 // 5]),
    ):
        (tmp_path / name).write_bytes(data)
        found = read(tmp_path / name)
        assert "(truncated)" in found.values()
        good = {place: text for place, text in found.items() if not text.startswith("(")}
        assert len(good) == 7
        assert all(text == texts[place[2:]].decode() for place, text in good.items())


def test_names_in_any_encoding_and_twice(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(
        zipped({"año.txt": b"uno", "xx.txt": b"dos", "aña.txt": b"tres"})
        .replace(b"xx.txt", "ñ1.txt".encode("cp437"))
        .replace("aña.txt".encode(), "año.txt".encode())
    )
    assert read(file) == {"!/año.txt": "uno", "!/ñ1.txt": "dos", "!/año.txt#2": "tres"}


def test_patterns_leave_members_out(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(
        zipped({"borrador/a.txt": b"no", "b.tmp": b"no", "c.md": b"si"})
    )
    assert read(tmp_path / "a.zip", exclude=["borrador/**", "*.tmp"]) == {"!/c.md": "si"}
    assert read(tmp_path / "a.zip", exclude=["a.zip/borrador/*", "*.tmp"]) == {"!/c.md": "si"}


def test_a_lost_member_is_passed_over(tmp_path: Path) -> None:
    """As when a worker was killed while it read the second one."""
    (tmp_path / "a.zip").write_bytes(zipped({f"{n}.txt": b"texto" for n in range(3)}))
    heard: list[int] = []

    def begin(number: int, _megabytes: float) -> str:
        heard.append(number)
        return "timeout" if number == 2 else ""

    assert read(tmp_path / "a.zip", begin=begin) == {
        "!/0.txt": "texto",
        "!/1.txt": "(timeout)",
        "!/2.txt": "texto",
    }
    assert heard == [1, 0, 2, 3, 0]


def test_archives_of_nothing_and_not_archives(tmp_path: Path) -> None:
    cases = {
        "a.zip": (b"", "empty"),
        "b.zip": (b"no es un zip", "malformed"),
        "c.zip": (zipped({}), "no_text"),
        "a.tar": (b"", "empty"),
        "b.tar": (b"no es un tar" * 200, "malformed"),
        "c.tar": (tarred({}), "no_text"),
        "a.txt.gz": (b"no es gzip", "malformed"),
        "b.txt.gz": (b"", "empty"),
        "c.txt.gz": (gzip.compress(b""), "empty"),
        "d.txt.gz": (gzip.compress(b"texto") + b"basura detras", "malformed"),
        "e.txt.gz.gz": (gzip.compress(gzip.compress(b"texto")), "archive_bomb"),
        "f.bin.xz": (lzma.compress(bytes(range(256)) * 9), "unsupported_format"),
    }
    for name, (data, reason) in cases.items():
        (tmp_path / name).write_bytes(data)
        assert read(tmp_path / name) == {"": f"({reason})"}, name


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "MOST_MEMBERS", 5)
    (tmp_path / "a.zip").write_bytes(zipped({f"{n}.txt": b"texto" for n in range(9)}))
    found = read(tmp_path / "a.zip")
    assert found.pop("") == "(archive_bomb)"
    assert len(found) == 5


def test_places() -> None:
    assert Piece("", "17").place == ":17"
    assert Piece("", "17", inside="!/a.jsonl").place == "!/a.jsonl:17"
