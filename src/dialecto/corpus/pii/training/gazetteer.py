"""Makes `data/names.tsv.gz`: people's names, from the lists of Faker (MIT licence).

    python -m dialecto.corpus.pii.training.gazetteer

One line a name part: the part, then letters: `f` and `m` (a first name of women, of men), `s`
(a surname), `e`, `p`, `n` when the lists of Spanish, Portuguese or English have it, and `E`, `P`,
`N` when one of the lists that surrogates are drawn from does. Shipped
rather than read from Faker at run time, so that surrogates do not change with Faker's version.
"""

from __future__ import annotations

import gzip
import importlib
import io
import pkgutil
import textwrap
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import faker.providers.person

from dialecto.corpus.pii.gazetteer import fold
from dialecto.runtime.files import write_bytes, write_text

TARGET = Path(__file__).parents[1] / "data" / "names.tsv.gz"
LANGUAGES = {"es": "e", "pt": "p", "en": "n"}
SURROGATES = {"es_ES": "E", "es_MX": "E", "es_AR": "E", "pt_BR": "P", "pt_PT": "P", "en_GB": "N"}
_LISTS = {
    "first_names_female": "f",
    "first_names_male": "m",
    "first_names": "",
    "last_names": "s",
    "last_names_female": "s",
    "last_names_male": "s",
}


def name_parts(provider: Any) -> dict[str, set[str]]:
    """Part -> letters, from one provider of people's names."""
    parts: dict[str, set[str]] = defaultdict(set)
    for attribute, letter in _LISTS.items():
        for name in getattr(provider, attribute, ()) or ():
            for part in str(name).replace("-", " ").split():
                if letter and is_name_part(part):
                    parts[part].add(letter)
    return parts


def is_name_part(part: str) -> bool:
    return (
        len(part) > 1
        and part[0].isupper()
        and part.isalpha()
        and not part.isupper()
        and all("LATIN" in unicodedata.name(c, "") for c in part)
    )


def one_gender(female: int, male: int) -> set[str]:
    """First names that far more lists give to one gender are of that one."""
    if female >= 2 * male:
        return {"f"} if female else set()
    return {"m"} if male >= 2 * female else {"f", "m"}


def build() -> bytes:
    """The gazetteer's bytes: sorted, without a clock in the gzip header."""
    gazetteer: dict[str, set[str]] = defaultdict(set)
    genders: dict[str, Counter[str]] = defaultdict(Counter)
    for module in pkgutil.iter_modules(faker.providers.person.__path__):
        module_path = f"faker.providers.person.{module.name}"
        provider = importlib.import_module(module_path).Provider(None)
        for part, letters in name_parts(provider).items():
            languages = {LANGUAGES.get(module.name[:2]), SURROGATES.get(module.name)} - {None}
            gazetteer[part] |= letters & {"s"} | {letter for letter in languages if letter}
            genders[fold(part)].update(letters & {"f", "m"})
    for part, letters in gazetteer.items():
        letters |= one_gender(genders[fold(part)]["f"], genders[fold(part)]["m"])
    text = "".join(f"{part}\t{''.join(sorted(gazetteer[part]))}\n" for part in sorted(gazetteer))
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        file.write(text.encode())
    return buffer.getvalue()


def common_words(gazetteer: bytes) -> str:
    """Faker's lists of ordinary words in Spanish and English, save those that are names here."""
    names = {
        fold(line.split("\t")[0])
        for line in gzip.decompress(gazetteer).decode().splitlines()
        if set(line.split("\t")[1]) & {"E", "N"}
    }
    words = {
        str(word)
        for locale in ("es_ES", "es_MX", "es_AR", "en_US")
        for word in importlib.import_module(f"faker.providers.lorem.{locale}").Provider.word_list
    }
    own = (TARGET.parent / "own_common_words.txt").read_text("utf-8").split()
    kept = sorted({word.lower() for word in words if fold(word) not in names} | set(own))
    return textwrap.fill(" ".join(kept), 98) + "\n"


def professions() -> str:
    """The first words of Faker's lists of jobs."""
    jobs = [
        str(job).lower().split()[0].strip(",/")
        for locale in ("es_ES", "es_MX", "en_US")
        for job in importlib.import_module(f"faker.providers.job.{locale}").Provider.jobs
    ]
    nouns = sorted({job for job in jobs if len(job) > 4} | set(OTHER_PROFESSIONS.split()))
    return textwrap.fill(" ".join(nouns), 98) + "\n"


OTHER_PROFESSIONS = """
camionero agricultora jubilada albañil cocinera enfermero enfermera abogada abogado maestro maestra
profesora panadero pintora carpintero administrativa limpiadora dependienta militar minero ganadero
farmer teacher nurse driver lawyer carpenter
"""


if __name__ == "__main__":
    names = build()
    write_bytes(TARGET, names)
    write_text(TARGET.parent / "common_words.txt", common_words(names))
    write_text(TARGET.parent / "profession.txt", professions())
