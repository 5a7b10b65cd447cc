"""Terms of gender and of groups of people, counted to see whom a corpus speaks of.

Gender: pronouns, kinship, forms of address, and occupations in their two forms; words that are
also something else in one form (*técnica*, *música*) are left out. The masculine plural of
Spanish, which may mean both, counts as masculine: the figure is one of forms, not of persons.
Groups: who is named by origin, ethnicity, religion, age, disability or orientation.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pyarrow as pa

from dialecto.corpus.table import with_measures

_WORD = re.compile(r"[^\W\d_]+")
FEMININE, MASCULINE = "feminine", "masculine"
# Spanish pairs of -o/-a and -or/-ora, singular; their plurals are added.
_PAIRS_O = """abogado médico ingeniero maestro arquitecto científico empleado operario obrero
    consejero ministro notario socio ganadero cocinero camarero alumno candidato usuario
    propietario ciudadano vecino compañero amigo encargado funcionario voluntario psicólogo
    biólogo enfermero secretario bombero carpintero panadero jardinero mecánico graduado becario
    niño hijo hermano abuelo tío chico novio cuñado nieto sobrino suegro muchacho viudo"""
_PAIRS_OR = """doctor profesor director investigador trabajador conductor vendedor agricultor
    limpiador programador diseñador escritor proveedor coordinador supervisor asesor contador
    señor operador administrador lector autor senador embajador entrenador jugador redactor
    inspector educador cuidador"""
_SPANISH = {
    FEMININE: """ella ellas mujer mujeres señorita señoritas doña madre madres esposa esposas dama
        damas mamá jefa jefas presidenta presidentas gerenta gerentas alcaldesa alcaldesas jueza
        juezas fiscala fiscalas actriz actrices clienta clientas nuera nueras sra dra""",
    MASCULINE: """él ellos hombre hombres señorito señoritos padre padres esposo esposos
        caballero caballeros papá jefe jefes presidente presidentes alcalde alcaldes actor actores
        yerno yernos varón varones sr dr""",
}
_ENGLISH = {
    FEMININE: """she her hers herself woman women girl girls mother mothers daughter daughters
        sister sisters wife wives aunt aunts grandmother grandmothers granddaughter niece nieces
        lady ladies mrs ms miss madam chairwoman businesswoman saleswoman policewoman
        spokeswoman congresswoman actress actresses waitress waitresses stewardess girlfriend
        widow widows mom""",
    MASCULINE: """he him his himself man men boy boys father fathers son sons brother brothers
        husband husbands uncle uncles grandfather grandfathers grandson nephew nephews gentleman
        gentlemen mr sir chairman businessman salesman policeman spokesman congressman actor
        actors waiter waiters steward boyfriend widower widowers dad""",
}
GROUPS = {
    "africa": """africano africana africanos africanas marroquí marroquíes senegalés senegalesa
        senegaleses nigeriano nigeriana nigerianos african africans moroccan moroccans nigerian
        nigerians senegalese""",
    "america": """latinoamericano latinoamericana latinoamericanos latinoamericanas mexicano
        mexicana mexicanos mexicanas argentino argentinos argentinas colombiano colombiana
        colombianos colombianas peruano peruana peruanos peruanas ecuatoriano ecuatoriana
        ecuatorianos ecuatorianas venezolano venezolana venezolanos venezolanas chileno chilena
        chilenos chilenas boliviano boliviana bolivianos uruguayo uruguaya uruguayos cubano
        cubana cubanos dominicano dominicana dominicanos brasileño brasileña brasileños
        estadounidense estadounidenses latino latina latinos latinas hispanic hispanics mexican
        mexicans argentinian colombian colombians peruvian american americans brazilian
        brazilians""",
    "asia": """asiático asiática asiáticos asiáticas chino chinos chinas indio indios japonés
        japonesa japoneses pakistaní pakistaníes filipino filipina filipinos asian asians chinese
        indian indians japanese pakistani pakistanis filipinos""",
    "europe": """europeo europea europeos europeas español española españoles españolas francés
        francesa franceses alemán alemana alemanes inglés inglesa ingleses italiano italiana
        italianos portugués portuguesa portugueses rumano rumana rumanos ucraniano ucraniana
        ucranianos european europeans spanish spaniard spaniards french german germans italian
        italians portuguese romanian romanians ukrainian ukrainians british""",
    "indigenous_afro_roma": """indígena indígenas gitano gitana gitanos gitanas mapuche mapuches
        quechua quechuas aimara aimaras afrodescendiente afrodescendientes mestizo mestiza
        mestizos indigenous roma gypsy gypsies black blacks""",
    "migrants": """migrante migrantes inmigrante inmigrantes emigrante emigrantes refugiado
        refugiada refugiados refugiadas extranjero extranjera extranjeros extranjeras migrant
        migrants immigrant immigrants refugee refugees foreigner foreigners""",
    "christian": """cristiano cristiana cristianos cristianas católico católica católicos católicas
        evangélico evangélica evangélicos christian christians catholic catholics""",
    "muslim": """musulmán musulmana musulmanes musulmanas islámico islámica muslim muslims
        islamic""",
    "jewish": """judío judía judíos judías jewish jew jews""",
    "young": """joven jóvenes adolescente adolescentes juventud youth teenager teenagers young""",
    "old": """anciano anciana ancianos ancianas jubilado jubilada jubilados jubiladas pensionista
        pensionistas elderly pensioner pensioners retiree retirees""",
    "disability": """discapacidad discapacitado discapacitada discapacitados sordo sorda sordos
        ciego ciega ciegos autista autistas disability disabilities disabled deaf blind
        autistic""",
    "lgbt": """homosexual homosexuales gay gais gays lesbiana lesbianas bisexual bisexuales
        transexual transexuales transgénero lgtbi lgbt lesbian lesbians transgender queer""",
}


@cache
def _words(lang: str) -> dict[str, str]:
    """From a word to what it counts for: `gender.feminine`, `group.young`..."""
    found = {word: f"group.{name}" for name, words in GROUPS.items() for word in words.split()}
    lists = {"es": _SPANISH, "en": _ENGLISH}.get(lang, {})
    for gender, words in lists.items():
        found |= dict.fromkeys(words.split(), f"gender.{gender}")
    if lang == "es":
        for word in _PAIRS_O.split():
            found |= {word + s: f"gender.{MASCULINE}" for s in ("", "s")}
            found |= {word[:-1] + "a" + s: f"gender.{FEMININE}" for s in ("", "s")}
        for word in _PAIRS_OR.split():
            found |= {word + s: f"gender.{MASCULINE}" for s in ("", "es")}
            found |= {word + "a" + s: f"gender.{FEMININE}" for s in ("", "s")}
    return found


def count_terms(text: str, lang: str) -> dict[str, int]:
    """How often a text names women and men (in es and en) and groups of people.

    >>> count_terms("La abogada y el abogado, ella y la joven.", "es")
    {'gender.feminine': 2, 'gender.masculine': 1, 'group.young': 1}
    """
    known = _words(lang)
    words = Counter(_WORD.findall(text.lower()))
    counts: Counter[str] = Counter()
    for word in words.keys() & known.keys():
        counts[known[word]] += words[word]
    return dict(sorted(counts.items()))


def terms_step(table: pa.Table) -> pa.Table:
    """Measures `gender.*` and `group.*` of the documents that stay."""
    counts = [
        count_terms(text, lang) if not outcome else {}
        for text, lang, outcome in zip(
            *(table[name].to_pylist() for name in ("text", "lang", "outcome")), strict=True
        )
    ]
    names = sorted({name for found in counts for name in found})
    columns = {name.replace(".", "__"): [found.get(name) for found in counts] for name in names}
    return with_measures(table, **columns) if columns else table
