"""The secret behind pseudonyms: made once on this machine, readable by its owner only."""

from __future__ import annotations

import hmac
import os
import secrets
import unicodedata

from dialecto.corpus.pii.entity import Entity
from dialecto.runtime.errors import DialectoError
from dialecto.runtime.home import user_home

KEY_BYTES = 32


def pseudonym_key() -> bytes:
    """32 bytes of `pseudonym.key` in the user's folder, made at the first call."""
    return user_key("pseudonym.key")


def user_key(name: str, *, make: bool = True) -> bytes:
    """32 random bytes of a file in the user's folder; `make` it if it is not there.

    Processes that make it at the same time agree: the file is written apart and linked into
    place, which fails for all but the first.
    """
    path = user_home() / name
    if not path.exists():
        if not make:
            raise DialectoError(f"{path}: the key is not there. Bring it back from a copy.")
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass  # another process was first: its key is the key
            except OSError:
                temporary.replace(path)  # a file system without hard links
        finally:
            temporary.unlink(missing_ok=True)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise DialectoError(
            f"{path}: {len(key)} bytes where the key has {KEY_BYTES}. Restore it from a copy, or "
            "delete it to make a new one; pseudonyms will then differ from earlier ones."
        )
    return key


def normalise(type: str, value: str) -> str:
    """The same value written in two ways gives the same text: case, accents, signs, spaces."""
    plain = unicodedata.normalize("NFKD", value.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if type in {"NAME", "ADDRESS", "PLACE", "ORGANISATION", "PROFESSION", "FAMILY"}:
        return " ".join("".join(c if c.isalnum() else " " for c in plain).split())
    if type in {"EMAIL", "USERNAME", "SECRET", "IP", "DATE", "BIRTH_DATE", "COORDINATES"}:
        return plain.strip()
    compact = "".join(c for c in plain if c.isalnum())
    # The end of a number: before it come a country's code, a 0 or a 15, or nothing.
    return compact[-8:] if type == "PHONE" else compact


def digest(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 of the parts, which cannot run into one another."""
    return hmac.digest(key, "\x1f".join(parts).encode("utf-8", "surrogatepass"), "sha256")


def value_key(key: bytes, entity: Entity) -> str:
    """A name for the value that does not tell it: documents with the same one go together."""
    return digest(key, "value", entity.type, normalise(entity.type, entity.text)).hex()
