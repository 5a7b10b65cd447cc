"""People's names: runs of capitalised words, judged with the lists of names and the context."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, gazetteer

_CAP = r"[A-ZÀ-ÖØ-ÞŁŚŠŽČ][\w’'-]*(?<![’'-])"
_JOIN = r"(?:(?:de|del|da|do|dos|das|van|von|der|di|y|e|i)\s(?:l[ao]s?\s)?)?"
_RUN = re.compile(rf"(?<![\w@/.-]){_CAP}(?:[ \t]{_JOIN}(?:[A-Z]\.|{_CAP})){{0,5}}")
_TITLE = re.compile(
    r"(?:\b(?:Dr|Dra|D|Dña|Sr|Sra|Srta|Don|Doña|Mr|Mrs|Ms|Miss|Prof|Lic|Ing|Fdo)\.?:?|"
    r"[Nn]ombre(?: completo)?:|Paciente:|Médic[oa]:|Apellidos:|me llamo|my name is|soy)\s*$"
)


def find_names(text: str, found: Sequence[Entity], lang: str) -> list[Entity]:
    """Names outside of what was found already."""
    names = gazetteer()
    people: list[Entity] = []
    for run in _RUN.finditer(text):
        words = run.group().split()
        marks = [names.of(word) for word in words]
        titled = bool(_TITLE.search(text[max(0, run.start() - 20) : run.start()]))
        first = bool(marks[0] & {"f", "m"})
        if (titled and marks[0]) or (len(words) > 1 and first and "s" in marks[-1]):
            people.append(Entity(run.start(), run.end(), "NAME", run.group(), 0.8, "name"))
    known = {fold(w) for p in people for w in p.text.split() if len(w) > 3}
    for run in _RUN.finditer(text):
        if all(fold(w) in known for w in run.group().split()):
            people.append(Entity(run.start(), run.end(), "NAME", run.group(), 0.6, "name.again"))
    return people
