# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""The lists that templates are filled from, apart from people's names."""

from __future__ import annotations

import importlib
from functools import cache

from dialecto.corpus.pii.gazetteer import DATA

_OWN = {
    "es": {
        "sexword": "mujer|varón|hombre|niña|niño|mujer|varón|hombre|mujer",
        "sex": "M|H|V|F|Mujer|Varón|Hombre|Femenino|Masculino",
        "fam": "madre|padre|hermano|hermana|hijo|hija|hijos|esposa|esposo|marido|mujer|abuela|abuelo|"
        "tío|tía|prima|primo|sobrina|sobrino|cuñado|suegra|nieto|nieta|padres|hermanos|pareja|cónyuge|"
        "abuela materna|tío paterno|hermana menor|hermano mayor|primo hermano",
        "t": "Dr.|Dra.|Dr|Dra|D.|Dña.|Don|Doña|Sr.|Sra.|Dr. D.|Prof.|Lic.|Ing.|D.ª|Mtro.|Srta.",
        "dep": "Compras|Ventas|Contabilidad|Recursos Humanos|Atención al Cliente|Logística|Calidad|"
        "Marketing|Informática|Administración|Producción|Formación|Legal|Dirección|Socios",
        "spec": "Urología|Nefrología|Neurología|Medicina Interna|Pediatría|Oftalmología|Cirugía General|"
        "Cirugía General y del Aparato Digestivo|Anatomía Patológica|Oncología Médica|Oncología Ocular|"
        "Medicina Intensiva|Cuidados Intensivos|Endocrinología y Nutrición|Farmacia Hospitalaria|"
        "Radiodiagnóstico|Traumatología y Cirugía Ortopédica|Urgencias|Psiquiatría|Reumatología|"
        "Cirugía Oral y Maxilofacial|Dermatología|Hematología y Hemoterapia|Microbiología",
        "Place_word": "Sierra|Río|Playa|Valle|Puerto|Monte|Castillo|Catedral|Aeropuerto|Estación",
        "day": "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
        "month": "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre",
        "product": "Plus|Pro|Server|Básico|Premium|2000|Cloud|Móvil|Express|Studio|Suite|Eco|Natural|Max",
        "org_head": "Hospital|Hospital Universitario|Hospital General|Clínica|Centro de Salud|Universidad|"
        "Universidad Autónoma|Cooperativa|Ayuntamiento|Fundación|Instituto|Colegio|Banco|Caja Rural|"
        "Asociación|Grupo|Ministerio|Consejería|Juzgado|Almacenes|Talleres|Bodegas|Transportes|Editorial|"
        "Facultad de Medicina|Servicio Andaluz de Salud|Residencia|Ferretería|Panadería|Librería",
        "org_tail": "S.A.|S.L.|S. Coop.|y Asociados|e Hijos|Hermanos|S.A. de C.V.|Ltda.|SpA|Clínico|"
        "Provincial|Nacional|Consultores|Seguros|Energía|Sistemas|Logística",
        "street": "Calle|C/|Avenida|Avda.|Paseo|Plaza|Carretera|Camino|Ronda|Carrera|Jirón|calle|avenida",
        "domain": "gmail.com|hotmail.com|yahoo.es|empresa.es|telefonica.net|hospital.org|outlook.com",
    },
    "en": {
        "sexword": "woman|man|female|male|girl|boy|lady|gentleman",
        "sex": "M|F|Male|Female",
        "fam": "mother|father|brother|sister|son|daughter|wife|husband|aunt|uncle|cousin|niece|nephew|"
        "grandmother|grandfather|parents|children|partner|mother-in-law",
        "t": "Dr.|Dr|Mr.|Mrs.|Ms.|Miss|Prof.|Professor|Sir|Rev.|Mr|Mrs",
        "dep": "Sales|Purchasing|Accounting|Human Resources|Customer Service|Logistics|Quality|"
        "Marketing|IT|Administration|Production|Training|Legal|Management|Engineering",
        "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
        "month": "January|February|March|April|May|June|July|August|September|October|November|December",
        "product": "Plus|Pro|Server|Basic|Premium|2000|Cloud|Mobile|Express|Studio|Suite|Eco|Max|One",
        "org_head": "Hospital|University|Clinic|Bank|College|School|Council|Foundation|Institute|Group|"
        "Corporation|Health Centre|Department|Ministry|Association|Company|Orchestra|Motors|Books",
        "org_tail": "Inc.|Ltd|LLC|plc|& Sons|and Sons|Group|Systems|Insurance|Energy|Partners|Holdings|Co.",
        "street": "Street|St|Avenue|Road|Lane|Drive|Boulevard|Court|Way|Square|Terrace|Close",
        "domain": "gmail.com|hotmail.com|yahoo.com|company.com|example.co.uk|outlook.com",
    },
}
_LOCALE = {"es": "es_ES", "en": "en_US"}


@cache
def lists(lang: str) -> dict[str, list[str]]:
    """Name of a slot -> its values. Jobs, countries and common words come from Faker's lists."""
    own = {name: values.split("|") for name, values in _OWN[lang].items()}
    locale = _LOCALE[lang]

    def provider(kind: str, where: str = locale):  # type: ignore[no-untyped-def]
        return importlib.import_module(f"faker.providers.{kind}.{where}").Provider

    jobs = [job.split(",")[0].split("/")[0].strip().lower() for job in provider("job").jobs]
    common = sorted({str(w) for w in provider("lorem").word_list})
    common += (DATA / "common_words.txt").read_text("utf-8").split()
    countries = [str(c) for c in provider("address", "es" if lang == "es" else "en").countries]
    return {**own, "prof": jobs, "common": common, "country": countries}
