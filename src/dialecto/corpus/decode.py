"""Bytes to text: which encoding a file is in, and repair of text that was decoded wrongly.

Order of belief: a byte-order mark; strict UTF-8 (text in another encoding almost never is
valid UTF-8); UTF-16 without a mark; then the single-byte encodings of Spanish and English
(CP1252, Latin-1), unless charset-normalizer is sure of an alphabet that they cannot write.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Control characters that no text has; a file with many of them is not text.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_CONTROL = 0.002
_FEW_CONTROL = 3  # a stray one in a note does not make it a program
# What UTF-8 read as Latin-1 or CP1252 looks like: Ã¡, Â¿, â€œ ...
MOJIBAKE = re.compile(
    r"[ÃÂ][\u0080-\u00bf\u0152-\u2122€]|â[€\u0080][\u0080-\u00bf\u0152-\u2122]|ï¿½"
)
_LATIN = re.compile(r"[^\W\d_]")
_SNIFF = 64 * 1024


class NotText(ValueError):
    """The bytes are not text in any encoding."""


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text and the encoding's name. `declared` is what the file says of itself.

    Raises NotText for binary data.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data.decode(encoding, "replace"), strict=False), encoding
    try:
        return _checked(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError as error:
        # A file cut in the middle of its last character is still UTF-8.
        if error.start >= len(data) - 3 and error.start > 0:
            return _checked(data[: error.start].decode("utf-8")), "utf-8"
    encoding = _utf16_without_mark(data[:_SNIFF])
    if encoding:
        return _checked(data.decode(encoding, "replace")), encoding
    _checked(data[:_SNIFF].decode("latin-1"))  # raises NotText before guessing alphabets
    if declared:
        try:
            name = codecs.lookup(declared).name
            if name not in ("utf-8", "ascii", "iso8859-1"):
                return _checked(data.decode(name)), name
        except (LookupError, UnicodeDecodeError):
            pass
    broken = data.decode("utf-8", "replace")
    if _mostly_utf8(data, broken):
        return _checked(broken), "utf-8 with errors"
    foreign = _foreign_alphabet(data[:_SNIFF])
    if foreign:
        try:
            return _checked(data.decode(foreign)), foreign
        except (UnicodeDecodeError, LookupError):
            pass
    try:
        return _checked(data.decode("cp1252")), "cp1252"
    except UnicodeDecodeError:
        return _checked(data.decode("latin-1")), "latin-1"


def _checked(text: str, strict: bool = True) -> str:
    """The text, or NotText when it is full of control characters."""
    sample = text[:_SNIFF]
    if len(_CONTROL.findall(sample)) > max(_FEW_CONTROL, _MAX_CONTROL * len(sample)):
        raise NotText("binary data, not text")
    if not strict and sample.count("\ufffd") > 0.05 * len(sample):
        raise NotText("binary data, not text")
    return text


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 of Latin letters has a zero in every second byte."""
    if len(data) < 4:
        return ""
    half = len(data) // 2
    if data[1::2].count(0) > 0.6 * half and data[0::2].count(0) < 0.05 * half:
        return "utf-16-le"
    if data[0::2].count(0) > 0.6 * half and data[1::2].count(0) < 0.05 * half:
        return "utf-16-be"
    return ""


def _mostly_utf8(data: bytes, broken: str) -> bool:
    """UTF-8 with a few spoilt bytes: more good multi-byte characters than bad bytes."""
    bad = broken.count("\ufffd")
    good = sum(1 for char in broken if ord(char) > 127) - bad
    return good > 10 * bad and len(data) > 0


def _foreign_alphabet(data: bytes) -> str:
    """An encoding of a non-Latin alphabet, if charset-normalizer is sure of it."""
    high = sum(byte > 127 for byte in data)
    if high < 0.2 * len(data) and high < 12:  # Spanish has some 3% of accented letters
        return ""
    if high < 0.12 * len(data):
        return ""
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None or best.chaos > 0.1:
        return ""
    text = str(best)
    letters = [char for char in text if char.isalpha()]
    latin = sum("LATIN" in unicodedata.name(char, "") for char in letters)
    return best.encoding if letters and latin < 0.5 * len(letters) else ""


def repair(text: str) -> tuple[str, bool]:
    """Mends mojibake (UTF-8 once read as Latin-1). Returns the text and whether it changed."""
    if text.isascii() or not MOJIBAKE.search(text):
        return text, False
    from ftfy import TextFixerConfig, fix_text

    config = TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization=None,
        explain=False,
    )
    fixed = fix_text(text, config)
    return fixed, fixed != text


def is_text(data: bytes) -> bool:
    """Whether a file of unknown kind can be read as text."""
    try:
        text, _ = decode(data[:_SNIFF])
    except NotText:
        return False
    return bool(_LATIN.search(text))
