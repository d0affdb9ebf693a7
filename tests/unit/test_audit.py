"""The parts of the audit: trees of codes, names of cells, relations, and a reader's arithmetic."""

from __future__ import annotations

import pytest

from pipeline.model.cells import NOT, TOTAL, AtMost, Cell, Cover, Figure, Relation, Sum
from pipeline.public.audit.attacker import Attacker, Contradiction
from pipeline.public.audit.audit import audit
from pipeline.public.audit.constraints import Structure, build, never, propagate
from pipeline.public.audit.structure import Names, Step, Tree, merge, shapes, shown
from pipeline.public.edition.model import PERIOD, Package
from tests.editions import code_list, edition, table

YEAR = "2025 2025-T1<2025 2025-T2<2025 2025-01<2025-T1 2025-02<2025-T1 2025-04<2025-T2 2025-05<2025-T2"
TO_DATE = "2025 ytd=T1+T2 T1<2025 T2<2025 T3<2025 m1<T1 m2<T1"


def steps(codes: str, present: str, name: str = PERIOD) -> set[tuple[str, str]]:
    tree = Tree.of([(name, code_list(codes))])
    return {(step.total, " ".join(step.parts)) for step in tree.steps(frozenset(present.split()))}


# trees ---------------------------------------------------------------------------------------------------------------


def test_each_level_is_the_sum_of_the_next() -> None:
    present = "2025 2025-T1 2025-T2 2025-01 2025-02 2025-04 2025-05"
    assert steps(YEAR, present) == {
        ("2025", "2025-T1 2025-T2"),
        ("2025-T1", "2025-01 2025-02"),
        ("2025-T2", "2025-04 2025-05"),
    }


def test_a_missing_level_is_replaced_by_its_nearest_descendants() -> None:
    assert steps(YEAR, "2025 2025-01 2025-02 2025-04 2025-05") == {("2025", "2025-01 2025-02 2025-04 2025-05")}
    assert steps(YEAR, "2025 2025-T1 2025-04 2025-05") == {("2025", "2025-T1 2025-04 2025-05")}


def test_what_is_missing_altogether_is_a_virtual_part() -> None:
    assert steps(YEAR, "2025 2025-T1") == {("2025", "2025-T1 2025-T2")}
    assert steps(YEAR, "2025 2025-01") == {("2025", "2025-01 2025-02 2025-T2")}


def test_codes_that_say_nothing_of_each_other_make_no_step() -> None:
    assert steps(YEAR, "2025") == set()
    assert steps(YEAR, "2025-T1 2025-04") == set()


def test_a_year_to_date_is_made_of_its_parts() -> None:
    assert steps(TO_DATE, "ytd T1 T2") == {("ytd", "T1 T2")}
    assert steps(TO_DATE, "ytd T1 m1") == {("ytd", "T1 T2"), ("T1", "m1 m2")}


def test_a_year_less_the_year_to_date_is_what_is_left() -> None:
    assert steps(TO_DATE, "2025 ytd") == {("2025", "ytd T3")}


def test_a_year_covers_its_year_to_date_also_where_quarters_are_shown() -> None:
    tree = Tree.of([(PERIOD, code_list(TO_DATE))])
    assert set(tree.steps(frozenset(["2025", "ytd", "T1", "T2", "T3"]))) == {
        Step("2025", ("T1", "T2", "T3")),
        Step("2025", ("ytd", "T3"), exact=False),
        Step("ytd", ("T1", "T2")),
    }


def test_a_total_is_over_the_roots_and_time_has_none() -> None:
    assert steps("a b b1<b b2<b", "_T a b b1 b2", "area") == {(TOTAL, "a b"), ("b", "b1 b2")}
    assert steps("a b b1<b b2<b", "_T a b1 b2", "area") == {(TOTAL, "a b1 b2")}
    assert TOTAL not in Tree.of([(PERIOD, code_list(YEAR))]).below


def test_two_dimensions_on_one_axis_are_one_tree() -> None:
    services = code_list("legal psico consulta<legal escucha<psico")
    tree = Tree.of([("servicio", services), ("area", code_list("legal psico otra"))])
    assert set(tree.below[TOTAL]) == {"legal", "psico", "otra"}
    assert tree.dimension == {
        "legal": "area",
        "psico": "area",
        "otra": "area",
        "consulta": "servicio",
        "escucha": "servicio",
    }


def test_a_list_that_grows_is_one_tree_and_one_that_is_split_anew_is_two() -> None:
    before = Tree.of([(PERIOD, code_list("T1 m1<T1"))])
    after = Tree.of([(PERIOD, code_list("2025 T1<2025 T2<2025 m1<T1"))])
    ((tree, editions),) = merge([(before, "e1"), (after, "e2")])
    assert editions == {"e1", "e2"}
    assert tree.below["2025"] == ("T1", "T2")
    zones = [Tree.of([("zona", code_list(text))]) for text in ("a b", "a b1 b2")]
    assert [editions for _, editions in merge([(zones[0], "e1"), (zones[1], "e2")])] == [{"e1"}, {"e2"}]


# names ---------------------------------------------------------------------------------------------------------------


def areas() -> Package:
    services = table(
        "periodo servicio | servicios usuarias\n2025 _T | 30 30\n2025 legal | 30 30\n2025 consulta | 30 30",
        id="servicios",
        kinds={"servicio": "hierarchy"},
        dimensions={"servicio": {"upper": "area"}},
    )
    area = table("periodo area | servicios usuarias\n2025 _T | 30 30\n2025 legal | 30 30", id="areas")
    only = table("periodo | servicios usuarias\n2025 | 30 30", id="legal", where={"area": "legal"})
    return edition(services, area, only, servicio="legal consulta<legal")


def cell(**where: str) -> Cell:
    return Cell("atenciones", frozenset(where.items()))


def test_one_group_has_one_name_in_every_table() -> None:
    package = areas()
    names = Names(package, shapes([package])["atenciones"].dimensions)
    legal = cell(periodo="2025", area="legal")
    assert names.cell("atenciones", {"periodo": "2025", "area": "legal"}) == legal
    assert names.cell("atenciones", {"periodo": "2025", "servicio": "legal"}) == legal
    assert names.cell("atenciones", {"periodo": "2025", "area": "legal", "servicio": TOTAL}) == legal
    consulta = cell(periodo="2025", servicio="consulta")
    assert names.cell("atenciones", {"periodo": "2025", "area": "legal", "servicio": "consulta"}) == consulta


def test_an_upper_dimension_that_no_table_shows_still_names_its_codes() -> None:
    text = (
        "servicio | servicios usuarias\n_T | 30 30\nlegal | 27* 27*\npsico | 3* 3*\nconsulta | 27* 27*\nescucha | 3* 3*"
    )
    services = table(text, kinds={"servicio": "hierarchy"}, dimensions={"servicio": {"upper": "area"}})
    package = edition(services, servicio="legal psico consulta<legal escucha<psico")
    assert audit([package]).exposures == ()
    (shape,) = shapes([package]).values()
    ((tree, _),) = shape.trees["servicio"]
    assert tree.dimension["legal"] == "area"
    assert Names(package, shape.dimensions).cell("atenciones", {"servicio": "psico"}) == cell(area="psico")


def test_figures_of_an_edition_are_told_once_and_without_what_is_withheld() -> None:
    assert len(shown(areas())) == 6
    package = edition(table("periodo area | servicios usuarias\n2025 _T | 30 30\n2025 a | 3* 3*"))
    assert shown(package) == {
        Figure(cell(periodo="2025"), "servicios"): 30,
        Figure(cell(periodo="2025"), "usuarias"): 30,
    }


def test_answers_to_one_question_are_records_and_all_answers_belong_to_their_question() -> None:
    def question(name: str) -> Package:
        text = f"periodo {name} | menciones usuarias\n2025 _T | 30 20\n2025 x | 30 20"
        return edition(table(text, kinds={name: "multiple"}, answers="menciones"))

    assert set(shown(question("tipo"))) == {
        Figure(cell(periodo="2025"), "menciones@tipo"),
        Figure(cell(periodo="2025"), "usuarias"),
        Figure(cell(periodo="2025", tipo="x"), "servicios"),
        Figure(cell(periodo="2025", tipo="x"), "usuarias"),
    }
    assert Figure(cell(periodo="2025"), "menciones@red") in shown(question("red"))


# relations -----------------------------------------------------------------------------------------------------------


def structure(package: Package) -> Structure:
    (shape,) = shapes([package]).values()
    values = shown(package)
    return build(shape, dict.fromkeys(values, frozenset({package.edition})), values)


def test_services_add_up_and_women_cover() -> None:
    text = "area | servicios usuarias\n_T | 60 40\na | 30 25\nb | 30 25"
    found = structure(edition(table(text))).relations

    def of(measure: str, code: str = TOTAL) -> Figure:
        return Figure(cell().at("area", code), measure)

    assert set(found) == {
        Sum(of("servicios"), (of("servicios", "a"), of("servicios", "b"))),
        Cover(of("usuarias"), (of("usuarias", "a"), of("usuarias", "b"))),
        Sum(of("usuarias"), (of("usuarias", "a"), of(never("usuarias"), "!a"))),
        Sum(of("usuarias"), (of("usuarias", "b"), of(never("usuarias"), "!b"))),
        *(AtMost(of("usuarias", code), of("servicios", code)) for code in (TOTAL, "a", "b")),
        *(Sum(of("servicios", code), (of("usuarias", code), of("again", code))) for code in (TOTAL, "a", "b")),
        *(AtMost(of("again", code), of("again")) for code in "ab"),
    }


def test_a_question_adds_up_in_answers_and_every_answer_has_its_no() -> None:
    text = "t | menciones usuarias\n_T | 60 40\nx | 30 25\ny | 30 25"
    every = table("todo | servicios usuarias\n_T | 50 40", id="todo")
    found = structure(edition(table(text, kinds={"t": "multiple"}, answers="menciones"), every))

    def of(measure: str, code: str = TOTAL) -> Figure:
        return Figure(cell().at("t", code), measure)

    assert Sum(of("menciones@t"), (of("servicios", "x"), of("servicios", "y"))) in found.relations
    for code in "xy":
        no = NOT + code
        assert Sum(of("servicios"), (of("servicios", code), of("servicios", no))) in found.relations
        assert Cover(of("usuarias"), (of("usuarias", code), of("usuarias", no))) in found.relations
        assert AtMost(of("usuarias", no), of("servicios", no)) in found.relations
    assert not any(
        isinstance(r, Sum) and of("usuarias", "y") in r.parts and of("usuarias", "x") in r.parts
        for r in found.relations
    )


def test_several_parts_that_no_table_shows_are_one_rest() -> None:
    text = "periodo | servicios usuarias\n2025 | 60 40\n2025-01 | 10 8"
    found = structure(edition(table(text), periodo=YEAR)).complements
    assert "2025!2025-01" in {complement.women.cell.code(PERIOD) for complement in found}


# a reader ------------------------------------------------------------------------------------------------------------


def figures(names: str) -> list[Figure]:
    return [Figure(Cell("r", frozenset({("d", name)})), "n") for name in names]


def test_a_sum_with_one_unknown_is_solved_again_and_again() -> None:
    t, a, b, c, d = figures("tabcd")
    sums = [Sum(b, (c, d)), Sum(t, (a, b))]
    assert propagate(sums, {t: 10, a: 4, c: 1}) == {t: 10, a: 4, b: 6, c: 1, d: 5}


def test_a_reader_solves_bounds_and_searches() -> None:
    t, a, b, c, w = figures("tabcw")
    reader = Attacker([Sum(t, (a, b, c)), AtMost(w, c)], {t: 10, a: 4}, {b: 1, c: 1})
    assert reader.reach([(b, 5), (c, 5), (c, 6), (w, 5), (w, 6)]) == {(b, 5), (c, 5), (w, 5)}
    assert reader.fall({b: 1, c: 0, w: 0, t: 9}) == {b, w}
    assert reader.exact([a, b, c, t]) == {a: 4, t: 10}


def test_no_world_has_a_record_without_a_woman() -> None:
    t, w, a, b, x, y = figures("twabxy")  # records and women: t, w of all; a, x of one part; b, y of the other
    ties: list[Relation] = [Sum(t, (a, b)), Sum(w, (x, y)), AtMost(x, a), AtMost(y, b)]
    assert Attacker(ties, {t: 20, w: 10}, {b: 1}).reach([(x, 10)]) == {(x, 10)}
    assert Attacker([*ties, AtMost(b, y, 10_000)], {t: 20, w: 10}, {b: 1}).reach([(x, 10)]) == set()


def test_where_there_is_a_record_there_is_a_woman() -> None:
    t, rows, part, women = figures("trpw")
    reader = Attacker([Sum(t, (part, rows)), AtMost(women, rows)], {t: 10, part: 8}, {}, [(rows, women)])
    assert reader.bounds[women] == (1, 2)
    none = Attacker([Sum(t, (part, rows)), AtMost(women, rows)], {t: 10, part: 10}, {}, [(rows, women)])
    assert none.known[women] == 0


@pytest.mark.parametrize(
    ("known", "lower"),
    [
        ({"t": 10, "a": 4, "b": 7}, {}),
        ({"t": 3, "a": 4}, {}),
        ({"t": 4, "a": 4}, {"b": 1}),
        ({"t": 2}, {"a": 2, "b": 1}),
    ],
)
def test_figures_that_cannot_be_are_a_contradiction(known: dict[str, int], lower: dict[str, int]) -> None:
    at = dict(zip("tab", figures("tab"), strict=True))
    with pytest.raises(Contradiction):
        Attacker(
            [Sum(at["t"], (at["a"], at["b"]))],
            {at[name]: value for name, value in known.items()},
            {at[name]: value for name, value in lower.items()},
        ).reach([])
