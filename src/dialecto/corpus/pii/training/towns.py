"""Makes `data/towns.txt.gz`: words of the names of towns, regions and countries.

    python -m dialecto.corpus.pii.training.towns

From `towns.es.txt`, written for dialecto, and from the places that phonenumbers (Google's
libphonenumber, Apache-2.0) knows by their area codes, with Faker's countries (MIT licence). One
line of words that are a name by themselves, one of words that are a part of longer names.
"""

from __future__ import annotations

import gzip
import io
import re
from functools import cache
from pathlib import Path

from dialecto.corpus.pii.gazetteer import DATA, fold
from dialecto.runtime.files import write_bytes

HERE = Path(__file__).parent
_CODES = {
    "es": ("34", "54", "52", "57", "56", "598", "51", "58", "504", "595"),
    "en": ("1", "44"),
    "pt": ("55", "351"),
}
_REGION = re.compile(r" - [A-Z]{2}$|, ")
_NO_NAME = re.compile(r"\d|\band\b|[()]")
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST_PART = 4


@cache
def town_names(lang: str) -> tuple[str, ...]:
    """Names of places where `lang` (es, en, pt) is spoken, sorted."""
    from phonenumbers.geodata import GEOCODE_DATA

    names: set[str] = set()
    for prefix, by_language in GEOCODE_DATA.items():
        if prefix.startswith(_CODES[lang]):
            for name in by_language.values():
                names.update(part.strip() for part in _REGION.split(name)[0].split("/"))
    names = {name for name in names if name and not _NO_NAME.search(name)}
    return tuple(sorted(names | set(well_known()) if lang == "es" else names))


@cache
def well_known() -> tuple[str, ...]:
    """The names of `towns.es.txt`."""
    lines = (HERE / "towns.es.txt").read_text("utf-8").splitlines()
    names = {name for line in lines if not line.startswith("#") for name in line.split(";")}
    return tuple(sorted(names - {""}))


def build() -> bytes:
    """The file's bytes: sorted, without a clock in the gzip header."""
    from dialecto.corpus.pii.training import words

    names = [name for lang in _CODES for name in town_names(lang)]
    names += [name for lang in ("es", "en") for name in words.lists(lang)["country"]]
    whole: set[str] = set()
    parts: set[str] = set()
    for name in names:
        found = [fold(word) for word in _LETTERS.findall(name)]
        if len(found) == 1:
            whole.update(found)
        else:
            parts.update(word for word in found if len(word) >= _SHORTEST_PART)
    text = f"{' '.join(sorted(whole))}\n{' '.join(sorted(parts))}\n"
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        file.write(text.encode())
    return buffer.getvalue()


if __name__ == "__main__":
    write_bytes(DATA / "towns.txt.gz", build())
