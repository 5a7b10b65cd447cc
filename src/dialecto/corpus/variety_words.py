"""Words that tell where a text in Spanish was written, by country (ISO 3166).

Everyday words, verb forms and currencies; then what only that country's administration has:
offices, taxes, papers. A word of several countries stands under each and counts less for each.
Sources: the Diccionario de americanismos (ASALE, 2010) for the words, the offices' own names
for the rest. `LATIN` has words common to most of America and unusual in Spain.
"""

from __future__ import annotations

import re


def words_of(text: str) -> frozenset[str]:
    """The words of a list written as text."""
    return frozenset(text.split())


# Lower case: matched whatever the case in the text.
WORDS: dict[str, str] = {
    "ES": """ordenador ordenadores portátiles móvil móviles vosotros vosotras vuestro vuestra
        vuestros vuestras os coche coches aparcar aparcamiento gasolinera conducir carné zumo
        zumos patata patatas melocotón melocotones judías alubias nevera frigorífico grifo
        enchufar bolígrafo bolígrafos piso pisos alquiler fontanero fontaneros chaval chavales
        vale guay tío gilipollas mola molar currar curro majo maja gafas albornoz cazadora
        jersey calcetines camarero camareros cubata caña tapas bocadillo bocadillos tortilla
        ayuntamiento ayuntamientos autonómica autonómicas autonómico autonómicos consejería
        conselleria consejero diputación euro euros céntimos finiquito becario becarios
        bachillerato selectividad oposición opositores polígono autónomo autónomos gestoría
        nómina nóminas cotización fichero ficheros ratón pulsar pinchar descargarse chándal
        deberes coger cogemos cogen cogió recoged id haced poned mirad tened elegid escribid
        empadronamiento ambulatorio castellano rotonda atasco furgoneta autocar autobús
        parking billete billetes ticketing""",
    "MX": """celular platicar platicamos platicando chido chida güey wey órale ándale ahorita
        camión camiones banqueta alberca popote chamba chambear padrísimo neta cuate cuates
        colonia colonias chilango elote jitomate jitomates ejotes aguacate chícharo chícharos
        totopos mande cajuela refacciones refacción carro computadora rentar renta durazno
        tlapalería plomero aventón despapaye chamarra lonchería municipal mexicano mexicana
        mexicanos mexicanas michoacán jalisco oaxaca puebla chiapas sonora guanajuato querétaro
        licenciatura prepa secundaria aguinaldo finiquitos ejidal ejido ejidos delegación
        alcaldía recámara recámaras estacionamiento""",
    "AR": """vos tenés podés querés sabés hacés debés sos estás andá mirá fijate vení decime che
        canilla pileta facturas medialunas laburo laburar laburando pibe piba pibes
        boludo boluda quilombo colectivo colectivos bondi heladera celular subte remera
        remeras pollera campera frutilla frutillas palta durazno arveja arvejas choclo
        computadora auto autos nafta playa estacionamiento departamento departamentos
        alquiler plomero remís remise kiosco mina guita afanar bárbaro porteño porteña
        bonaerense bonaerenses conurbano córdoba rosario mendoza tucumán argentino
        argentina argentinos argentinas monotributo monotributista monotributistas
        aguinaldo obra prepaga prepagas matriculado expensas consorcio cuadra cuadras
        acá recién ingresá elegí escribí completá""",
    "CL": """cachai cachái weón huevón po pololo polola pololear altiro bacán fome
        guagua micro micros celular computador computadores polera poleras palta paltas durazno
        choclo arvejas frutilla frutillas departamento departamentos auto autos bencina
        estacionamiento arriendo arrendar gásfiter gasfíter fiambre once completo pega
        chileno chilena chilenos chilenas valparaíso antofagasta concepción biobío coquimbo
        rancagua temuco comuna comunas isapre isapres fonasa boleta boletas honorarios
        finiquito carabineros intendencia alcalde ñuñoa providencia isapre previsional
        poroto porotos sopaipilla""",
    "CO": """parce parcero bacano chévere tinto tintos celular computador computadores carro
        carros apartamento apartamentos arriendo arrendar plomero esfero esferos lapicero
        durazno fríjol fríjoles arveja arvejas aguacate guayabo berraco verraca vaina
        sumercé colombiano colombiana colombianos colombianas medellín cali
        barranquilla bucaramanga antioquia antioqueño cundinamarca tutela municipio veeduría
        personería cesantías parafiscales bienestar gobernación alcaldía usuaria radicado
        radicar ciudadanía buseta busetas parqueadero parqueaderos diligenciar diligencie
        diligenciado""",
    "PE": """causa chamba chela jato pata patas chévere bacán celular computadora carro carros
        departamento departamentos alquiler gasfitero gasfiteros palta paltas choclo durazno
        vainitas arverja lapicero polo polos casaca casacas combi combis ceviche chifa
        anticuchos peruano peruana peruanos peruanas arequipa cusco trujillo chiclayo
        piura callao huancayo soles sol gratificación essalud sunat boleta provincias limeño
        distrital distritos municipalidad mype mypes cts""",
    "UY": """vos tenés podés querés sabés sos bo ta gurí gurises botija championes bizcocho
        bizcochos celular computadora auto autos heladera nafta ómnibus apartamento
        apartamentos liceo liceos caldera remera canilla frutilla palta uruguayo uruguaya uruguayos
        uruguayas canelones maldonado paysandú salto rivera intendencia intendencias
        mutualista mutualistas aguinaldo salario jubilatorio bps dgi unipersonal termo mate
        oriental banda""",
    "VE": """chévere pana panas chamo chama arrecho vaina celular computadora carro carros
        apartamento apartamentos cambur parchita lechosa patilla auyama caraota caraotas arepa
        arepas cotufas gandola gandolas bolívar bolívares venezolano venezolana venezolanos
        venezolanas maracaibo valencia barquisimeto zulia carabobo parroquia parroquias
        cesta ticket prestaciones seniat rif""",
    "EC": """ecuatoriano ecuatoriana ecuatorianos ecuatorianas cuenca guayas
        pichincha cantón cantones parroquia parroquias chuchaqui ñaño ñaña celular computadora
        departamento décimo""",
    "BO": """boliviano boliviana bolivianos bolivianas oruro potosí sucre
        departamental celular computadora""",
    "PY": """paraguayo paraguaya paraguayos paraguayas guaraníes itapúa celular
        computadora""",
    "CR": """costarricense costarricenses tico ticos colones alajuela heredia cartago cantón
        cantones celular computadora""",
    "GT": """guatemalteco guatemalteca guatemaltecos guatemaltecas quetzales quetzaltenango
        celular computadora chapín""",
    "DO": """dominicano dominicana dominicanos dominicanas guagua celular computadora""",
    "CU": """cubano cubana cubanos cubanas habana guagua celular computadora""",
    "PA": """panameño panameña panameños panameñas balboas corregimiento corregimientos celular
        computadora""",
    "HN": """hondureño hondureña hondureños hondureñas lempiras celular computadora""",
    "SV": """salvadoreño salvadoreña salvadoreños salvadoreñas celular computadora""",
    "NI": """nicaragüense nicaragüenses córdobas celular computadora""",
    "PR": """puertorriqueño puertorriqueña puertorriqueños puertorriqueñas celular computadora""",
}
LATIN = words_of(
    """
    celular celulares computadora computadoras computación carro carros jugo jugos papa
    papas manejar parquear boleto boletos lentes saco mesero meseros cuadra cuadras
    ahorita acá recién apurarse apúrese enojado enojarse plata chequera departamento
    rentar jalar botar estacionar estacionamiento platicar agarrar tomar aretes anteojos
    licencia reclamo egresado egresados ingresar capacitación rubro planilla planillas
    """
)

# As they are written: offices, taxes, papers.
NAMES: dict[str, str] = {
    "ES": """NIF NIE CIF BOE AEAT INSS SEPE IRPF IVA RENFE ITV ETT EPA ERTE IBEX RGPD AEPD
        LOPD LOPDGDD DGT UNED CSIC Hacienda Ertzaintza Mossos Andalucía Cataluña Galicia
        Madrid Barcelona Sevilla Zaragoza Bilbao Málaga
        España Granada Alicante Murcia Valladolid Vigo Oviedo Santander Pamplona NASS NUSS""",
    "MX": """RFC CURP IMSS ISSSTE INFONAVIT Infonavit INEGI CFE CFDI PEMEX Pemex SAT INE CLABE
        UNAM IPN CDMX Profeco CONDUSEF Conagua México Monterrey""",
    "AR": """AFIP ARCA ANSES Anses CUIT CUIL CBU ANMAT INDEC PAMI ARBA AGIP SENASA UBA CABA IGJ
        YPF CONICET Argentina""",
    "CL": """RUT SII AFP UF UTM SERNAC Sernac CONAF Isapre Fonasa SENCE CODELCO
        INDAP Mineduc Chile Ñuñoa""",
    "CO": """DIAN NIT EPS SENA ICBF SISBEN Sisbén ICETEX DANE INVIMA RUT MinTIC EPM ARL
        Colpensiones Ecopetrol Colsubsidio Bancolombia Colombia Bogotá""",
    "PE": """SUNAT RUC ESSALUD EsSalud RENIEC INDECOPI Indecopi SUNAFIL SUNARP AFP ONP SBS
        OSCE MYPE INEI Perú Lima""",
    "UY": """BPS DGI BROU ANTEL Antel ASSE FONASA UDELAR Udelar CJPPU RUT ANEP
        Uruguay Montevideo""",
    "VE": """SENIAT RIF IVSS CANTV PDVSA INCES SAIME BCV LOTTT Cestaticket Venezuela Caracas""",
    "EC": "SRI IESS RUC SENESCYT Ecuador Quito Guayaquil",
    "BO": "NIT SEGIP Bolivia Cochabamba",
    "PY": "ANDE RUC Paraguay Asunción",
    "CR": "CCSS AyA SUGEF",
    "GT": "IGSS NIT DPI Guatemala",
    "DO": "DGII RNC INFOTEP",
    "CU": "ETECSA ONAT CUP",
    "PA": "DGI RUC Panamá",
    "HN": "RTN IHSS Honduras Tegucigalpa",
    "SV": "DUI ISSS NIT NRC",
    "NI": "DGI RUC Nicaragua Managua",
    "PR": "CRIM SURI ASES",
}
# In the text as it stands, at a word's start: prefixes of phones and names of the net.
PHONES = {
    "ES": "34", "MX": "52", "AR": "54", "CL": "56", "CO": "57", "PE": "51", "UY": "598",
    "VE": "58", "EC": "593", "BO": "591", "PY": "595", "CR": "506", "GT": "502", "PA": "507",
    "HN": "504", "SV": "503", "NI": "505", "CU": "53",
}  # fmt: skip
# Too common elsewhere to say anything alone; half a word each.
WEAK = words_of(
    """
    os vale tío caña tapas tortilla id ratón piso pisos alquiler conducir deberes
    castellano billete billetes nómina cotización parking vos estás mina obra auto autos
    playa once completo comuna tinto usuaria causa sol lima pata patas polo polos banda
    mate salto rivera oriental termo bo ta po salario cuenca sucre valencia córdoba
    rosario mendoza cali puebla acá recién consorcio alcalde municipio municipal colonia
    secundaria camión carro gafas autobús caldera vaina plata tomar saco licencia agarrar
    reclamo lentes ticket cesta prestaciones provincias distrital distritos honorarios
    boleta boletas bachillerato patilla departamental décimo cartago heredia concepción
    asunción providencia bienestar expensas móvil móviles portátiles facturas pega fiambre
    termo fichero ficheros oposición elegí escribí España Madrid Barcelona Sevilla
    Zaragoza Bilbao Málaga Granada Alicante Murcia Valladolid Vigo Oviedo Santander
    Pamplona Andalucía Cataluña Galicia México Monterrey Argentina Chile Colombia Bogotá
    Perú Lima Uruguay Montevideo Venezuela Caracas Ecuador Quito Guayaquil Bolivia
    Cochabamba Paraguay Asunción Guatemala Panamá Honduras Tegucigalpa Nicaragua Managua
    """
)
# Who a text speaks of more than who wrote it: they count half too.
DEMONYM = re.compile(
    r"(?:mexican|argentin|chilen|colombian|peruan|uruguay|venezolan|ecuatorian|bolivian|paraguay|"
    r"guatemaltec|dominican|cuban|panameñ|hondureñ|salvadoreñ|puertorriqueñ)[oa]s?"
    r"|costarricenses?|nicaragüenses?"
)
