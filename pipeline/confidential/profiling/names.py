"""Whether an answer looks like the name of a person, by the most common given names and surnames of Mexico. Pure."""

from __future__ import annotations

import re

from pipeline.model.spellings import fold

GIVEN = frozenset(
    """abigail adriana alberto alejandra alejandro alfredo alicia alma ana andrea andres angel angela angeles angelica antonia antonio
    araceli arturo aurora beatriz berenice blanca brenda carla carlos carmen carolina catalina cecilia cesar claudia concepcion
    consuelo cristina cruz daniel daniela david delia diana diego dolores dulce eduardo elena elizabeth elsa elvira emma enrique erika
    esperanza estela esther eva fabiola felipe fernanda fernando francisca francisco gabriel gabriela gloria graciela guadalupe
    guillermo gustavo hector hilda hugo ignacio iliana ines irene irma isabel ivan jaime javier jesica jessica jesus joaquin jorge
    jose josefina juan juana juanita julia julieta julio karen karina karla laura leticia lidia lilia liliana lizbeth lorena lourdes
    lucia lucero luis luisa lupe lupita luz magdalena manuel manuela marcela marcos margarita maria mariana maribel maricela marina
    mario marisol martha martin mayra mercedes miguel miriam monica nancy natalia nayeli norma nora octavio olga olivia oscar
    pablo paola patricia paula pedro perla pilar rafael ramon ramona raquel raul rebeca ricardo roberto rocio rodrigo rosa rosalba
    rosario ruben ruth salvador sandra sara sergio silvia sofia sonia susana tania teresa valeria vanessa veronica vicente victor
    victoria virginia viviana ximena yadira yolanda""".split()
)
SURNAMES = frozenset(
    """aguilar aguirre alvarado alvarez avila ayala bautista campos cardenas carrillo castaneda castillo castro cervantes chavez
    contreras cortes delgado diaz dominguez escobar espinosa espinoza estrada fernandez figueroa flores fuentes galvan garcia garza
    gomez gonzalez guerrero gutierrez guzman hernandez herrera ibarra jimenez juarez lara leon lopez luna maldonado marquez martinez
    medina mejia mendez mendoza meza miranda molina montes morales moreno munoz navarro nunez ochoa ojeda orozco ortega ortiz
    pacheco padilla palacios paredes pena perez pineda ponce ramirez ramos rangel reyes rios rivas rivera robles rodriguez
    rojas romero rosales rubio ruiz salas salazar salinas sanchez sandoval santiago santos serrano solis soto suarez tapia tellez torres
    trejo trujillo valdez valencia vargas vasquez vazquez vega velasco velazquez velez vera villa villanueva villarreal zamora
    zapata zavala zuniga""".split()
)
_TITLED = re.compile(r"\b(lic|licda|mtr[oa]|dra?|psic|psicol|ing|prof|profa|sra?|srta)\.? +[a-z]{2,}")
_PARTICLES = frozenset("de del la las los y e da di".split())


def is_name(text: str) -> bool:
    """Whether somebody may be called so: a title before a word; given names or surnames and nothing else; a given name with a
    surname behind it. «Benito Juárez» is one, although places are called so: better one place too few than one person."""
    folded = fold(text)
    if _TITLED.search(folded):
        return True
    words = [word for word in re.findall(r"[a-z]+", folded) if word not in _PARTICLES]
    if not words or len(words) > 6:
        return False
    given, surname = ([word in names for word in words] for names in (GIVEN, SURNAMES))
    if all(one or other for one, other in zip(given, surname, strict=True)):
        return True
    return any(given[:3]) and any(surname[1:]) and len(words) > 1
