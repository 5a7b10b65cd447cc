"""Texts that speak of harm rather than do it: judgments, protocols, news, lessons, prescriptions.

A rule finds words, and the words of a threat are also those of the sentence that punishes it. So
what a rule finds is looked at once more: two words of law, health, police, history or teaching near
it, or one where it stands in quotation marks, say that somebody writes *about* it.
"""

from __future__ import annotations

import re

_NEAR = 320  # characters on either side of what a rule found
_ENOUGH, _ENOUGH_QUOTED = 2, 1
_PER_WORDS = 60
"""Of a whole text: one sign at least in so many words, besides `_ENOUGH` of them."""

# Beginnings of words, each counted once; `ley ` with its space.
_SIGNS = {
    "law and police": """
        sentencia; tribunal; juzgado; juez; jueza; fiscal; acusad; condena; castigad; punish;
        delito; código penal; denuncia; imputad; querella; prisión; testigo; declaró; agresor;
        maltrat; detuv; deteni; detenci; policía judicial; guardia civil; agentes de;
        real decreto; ley orgánica; artículo; prohibid; ilegal; blanqueo de capitales; defendant;
        convicted; sentenced; prosecut; court; jury; offence; felony; was charged; arrested;
        arrest; unlawful; illegal; victim; víctima; indicted; perici; procesad; audiencia; absolv;
        absuel; magistrad; atestado; jurado; amenazas; víctimas; ministerio público; letrad;
        evacú; ley ; leyes; normativa; compliance; sujeto obligado; judge; trial; lawyer; verdict;
        evacuat
    """,
    "health and prevention": """
        prevención; prevenir; protocolo; señales de alarma; signos de alarma; salud mental;
        factores de riesgo; teléfono 024; llame al; llamar al; psicol; psiquiat; terap; prevent;
        protocol; warning sign; risk factor; helpline; call 988; mental health; psychiat; counsel;
        paciente; patient; profesional; familia; support; perfusión; infusión; jeringa; ampolla;
        microgram; mg/ml; anestes; analges; infusion; syringe; dilución; laboratorio; quirófano;
        enfermer; nurse; suicidio; hospital; farmac; clínic; médic; orientación; docente; derive;
        dosis; procedimiento normalizado; campana; pharmac; clinic; physician; dose
    """,
    "news, history and study": """
        según; investigaci; propagand; nazi; historia; guerra; museo; holocausto;
        discurso de odio; delitos de odio; homofob; racis; xenof; antisemit; estereotip;
        hate speech; racism; racist; stereotype; slur; history; museum; police; investigat;
        suspect; reported; researchers; estudio; investigador; asignatura; alumn; estudiamos;
        régimen; genocidio; siglo; periódico; noticia; genocide; century; newspaper; lesson;
        students; regime
    """,
    "safety": """
        ciberseguridad; cybersecurity; delincuentes; estafadores; fraude; fraud; evitar; protég;
        proteg; detectar; detect; formación; training; taller; control; regula; seguridad
    """,
}
_EACH = {sign for words in _SIGNS.values() for sign in re.split(r";\s+", words.strip())}
_SIGN = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, _EACH), reverse=True)) + ")")
_QUOTES = (("«", "»"), ("“", "”"), ('"', '"'), ("'", "'"), ("‘", "’"))
_QUOTED = 160
_WORD = re.compile(r"[^\W\d_]+")


def is_mention(lowered: str, start: int, end: int) -> bool:
    """Whether what a rule found in a text in small letters is only spoken of there."""
    left, right = max(0, start - _NEAR), end + _NEAR
    signs = set(_SIGN.findall(lowered, left, start)) | set(_SIGN.findall(lowered, end, right))
    needed = _ENOUGH_QUOTED if _is_quoted(lowered, start, end) else _ENOUGH
    return len(signs) >= needed


def speaks_of_abuse(lowered: str) -> bool:
    """Whether a whole text of insults and threats speaks of them."""
    signs = _SIGN.findall(lowered)
    words = len(_WORD.findall(lowered))
    return len(set(signs)) > _ENOUGH and len(signs) * _PER_WORDS >= words


def _is_quoted(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - _QUOTED) : start], text[end : end + _QUOTED]
    for opening, closing in _QUOTES:
        begun = before.rfind(opening)
        if begun < 0 or closing not in after:
            continue
        if opening == closing:
            if before.count(opening) % 2:
                return True
        elif before.rfind(closing) < begun:
            return True
    return False
