"""A file that only its owner's key opens: AES-256-GCM over chunks, in the STREAM construction.

Each chunk has its own nonce, a counter and a mark on the last one, so that chunks cannot be
changed, reordered, cut off or appended unnoticed (Hoang, Reyhanitabar, Rogaway and Vizár, "Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015). The file's key is
derived by HKDF (RFC 5869) from the owner's key and a keyed hash of the content, so that no key
meets two contents, and the same content under the same key gives the same bytes.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from dialecto.corpus.pii.keys import digest, pseudonym_key, user_key
from dialecto.runtime.errors import DialectoError

PASSPHRASE = "DIALECTO_MAP_PASSPHRASE"
KEY_FILE = "map.key"
_MAGIC = b"dialecto sealed 1\n"
_CHUNK = 65_536
_TAG = 16
# RFC 7914's parameters for files: 64 MB of memory, some tenths of a second.
_SCRYPT = {"n": 2**16, "r": 8, "p": 1}


@dataclass(frozen=True)
class Owner:
    """32 bytes that open a file, and how they are had: `key` (a file) or `passphrase`."""

    key: bytes
    kind: str
    salt: bytes = b""


def owner(header: dict[str, str] | None = None) -> Owner:
    """Who seals, or with a file's `header`, who can open it.

    The passphrase in `DIALECTO_MAP_PASSPHRASE` if it is set, otherwise `map.key` in the user's
    folder. Raises DialectoError when a file was sealed in the other way.
    """
    passphrase = os.environ.get(PASSPHRASE, "")
    kind = header["by"] if header else ("passphrase" if passphrase else "key")
    if kind == "key":
        return Owner(user_key(KEY_FILE, make=header is None), "key")
    if not passphrase:
        raise DialectoError(f"the map was sealed with a passphrase: set {PASSPHRASE}.")
    salt = (
        bytes.fromhex(header["salt"])
        if header
        else digest(pseudonym_key(), "salt", passphrase)[:16]
    )
    return Owner(_stretch(passphrase, salt), "passphrase", salt)


def _stretch(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, **_SCRYPT).derive(passphrase.encode())


def seal(path: Path, content: Callable[[], Iterable[bytes]], by: Owner) -> None:
    """Writes what `content()` gives, twice the same, encrypted to `path`, whole or not at all."""
    fingerprint = hmac.new(by.key, b"content", sha256)
    for part in content():
        fingerprint.update(part)
    header = {"by": by.kind, "salt": by.salt.hex(), "content": fingerprint.hexdigest()}
    line = json.dumps(header, sort_keys=True).encode() + b"\n"
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(_MAGIC + line)
            _write_chunks(file, content(), _file_key(by.key, line), line)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_chunks(file: BinaryIO, content: Iterable[bytes], key: bytes, header: bytes) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, number, held = AESGCM(key), 0, b""
    for part in content:
        held += part
        while len(held) > _CHUNK:
            file.write(cipher.encrypt(_nonce(number, last=False), held[:_CHUNK], header))
            held, number = held[_CHUNK:], number + 1
    file.write(cipher.encrypt(_nonce(number, last=True), held, header))


def unseal(path: Path) -> Iterator[bytes]:
    """The content in pieces. Each is authentic when it is given out; the end is checked too.

    Raises DialectoError for a wrong key, a changed, shortened or foreign file.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise DialectoError(f"{path}: not a sealed file.")
        line = file.readline(4096)
        try:
            header = json.loads(line)
            by = owner({name: str(header[name]) for name in ("by", "salt")})
        except (ValueError, KeyError, TypeError) as error:
            raise DialectoError(f"{path}: its first lines were changed.") from error
        cipher, number = AESGCM(_file_key(by.key, line)), 0
        chunk = file.read(_CHUNK + _TAG)
        while True:
            following = file.read(_CHUNK + _TAG)
            try:
                yield cipher.decrypt(_nonce(number, last=not following), chunk, line)
            except (InvalidTag, ValueError) as error:
                raise DialectoError(
                    f"{path}: cannot be opened: it was sealed with another key or passphrase, or "
                    "it was changed."
                ) from error
            if not following:
                return
            chunk, number = following, number + 1


def _file_key(key: bytes, header: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt=header, info=b"dialecto sealed file").derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")
