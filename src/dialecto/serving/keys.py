"""The API key of a project: made once, shown once, kept only as a hash."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from dialecto.runtime import DialectoError

KEY_PREFIX = "dlc_"
KEY_FILE = Path(".keys") / "serve.json"


@dataclass(frozen=True)
class Credentials:
    """What the server keeps of the key, and the secret that prompts are fingerprinted with.

    A plain SHA-256 is enough for a key of 256 random bits: there is nothing to guess. Prompts
    are short and guessable, so theirs is keyed (HMAC).
    """

    id: str
    sha256: str
    audit_secret: str

    def accepts(self, key: str) -> bool:
        """Compares in constant time."""
        return hmac.compare_digest(_sha256(key), self.sha256)

    def fingerprint(self, text: str) -> str:
        """HMAC-SHA-256 of a text: says whether two are the same, not what they are."""
        secret = bytes.fromhex(self.audit_secret)
        return hmac.new(secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def open_credentials(root: Path, *, renew: bool = False) -> tuple[Credentials, str | None]:
    """The project's credentials, and the key itself if it was made just now.

    ``renew`` replaces the key; the audit secret stays, so that the ledger's fingerprints stay
    comparable. Raises DialectoError when the file cannot be read.
    """
    path = root / KEY_FILE
    known = _read(path) if path.exists() else None
    if known and not renew:
        path.chmod(0o600)
        return known, None
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    digest = _sha256(key)
    audit_secret = known.audit_secret if known else secrets.token_hex(32)
    credentials = Credentials(digest[:12], digest, audit_secret)
    _write_private(path, json.dumps(asdict(credentials), indent=2) + "\n")
    return credentials, key


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _read(path: Path) -> Credentials:
    try:
        credentials = Credentials(**json.loads(path.read_text(encoding="utf-8")))
        bytes.fromhex(credentials.audit_secret + credentials.sha256)
    except (OSError, ValueError, TypeError) as error:
        raise DialectoError(
            f"the API key's file {path} cannot be read ({error}). Remove it and start "
            "`dialecto serve` again: a new key is made."
        ) from error
    return credentials


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
