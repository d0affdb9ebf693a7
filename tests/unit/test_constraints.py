"""What a reader can add up: one key for one group, the sums between groups, and the groups that no table shows."""

from __future__ import annotations

from dataclasses import replace

from pipeline.confidential.protection import constraints
from pipeline.confidential.protection.constraints import Ties, canonical, cell_of, measure_of
from pipeline.confidential.protection.containment import REPEATS
from pipeline.institute.plan import PERIOD, Code, CodeList
from pipeline.model.cells import AtMost, Cell, Cover, Figure, Sum
from tests.ascii import House, Written, house

SERVICES_BY_AREA = {"area": "a b", "servicio": "a a1<a a2<a b b1<b"}


def tied(built: House) -> Ties:
    texts = []
    for table in built.written:
        across = list(dict.fromkeys(key[-1] for key in table.cells))
        rows = dict.fromkeys(key[:-1] for key in table.cells)
        head = "/".join(table.dimensions[:-1]) + "\\" + table.dimensions[-1]
        texts.append(
            "\n".join(
                [
                    f"{head} {' '.join(across)}",
                    *(f"{'/'.join(r)} {' '.join(table.cells[*r, c] for c in across)}" for r in rows),
                ]
            )
        )
    return constraints.tie(built.figures(texts), built.plan, built.plan.periods(built.edition))


def cell(**where: str) -> Cell:
    return Cell("atenciones", frozenset(where.items()))


def women(**where: str) -> Figure:
    return Figure(cell(**where), "usuarias")


def services(**where: str) -> Figure:
    return Figure(cell(**where), "servicios")


def again(**where: str) -> Figure:
    return Figure(cell(**where), REPEATS)


def test_a_root_of_a_list_that_continues_another_is_a_code_of_that_other() -> None:
    built = house(r"""
        periodo\servicio  _T  a  a1  a2  b  b1
        2025               4  3   2   1  1   1
    """, codes=SERVICES_BY_AREA, upper={"servicio": "area"})  # fmt: skip
    resource = built.plan.resources["atenciones"]
    assert canonical(cell(servicio="a"), resource, built.plan.lists) == cell(area="a")
    assert canonical(cell(servicio="a1"), resource, built.plan.lists) == cell(servicio="a1")


def test_a_row_is_the_cell_that_it_counts_fixed_filter_included() -> None:
    built = house(r"""
        periodo\edad  _T  joven
        2025          20     20
    """, codes={"area": "a b"}, where=[{"area": "a"}])  # fmt: skip
    (spec,) = built.plan.tables
    resource = built.plan.resources["atenciones"]
    assert cell_of({PERIOD: "2025", "edad": "_T"}, spec, resource, built.plan.lists) == cell(periodo="2025", area="a")


def test_answers_to_one_question_are_the_rows_that_gave_it() -> None:
    built = house(r"""
        periodo\tipo  _T    x    y
        2025          30:20 10:10 20:15
    """, multiple=["tipo"])  # fmt: skip
    resource = built.plan.resources["atenciones"]
    assert measure_of("menciones", cell(periodo="2025", tipo="x"), resource, "tipo") == "servicios"
    assert measure_of("menciones", cell(periodo="2025"), resource, "tipo") == "menciones@tipo"
    assert measure_of("usuarias", cell(periodo="2025"), resource, "tipo") == "usuarias"


def test_rows_add_up_and_women_cover() -> None:
    found = tied(house(r"""
        periodo\area  _T    a    b
        2025          30:20 10:9 20:15
    """))  # fmt: skip
    parts = ("a", "b")
    assert Sum(services(periodo="2025"), tuple(services(periodo="2025", area=c) for c in parts)) in found.relations
    assert Cover(women(periodo="2025"), tuple(women(periodo="2025", area=c) for c in parts)) in found.relations
    for pairs in ({"periodo": "2025"}, {"periodo": "2025", "area": "a"}):  # women are no more than their records
        assert Sum(services(**pairs), (women(**pairs), again(**pairs))) in found.relations
    assert AtMost(again(periodo="2025", area="a"), again(periodo="2025")) in found.relations


def test_where_each_woman_has_one_record_women_are_records() -> None:
    found = tied(house(r"""
        periodo\area     _T     a     b    c
        2025          30:20 10:10 20:11  0:0
    """))  # fmt: skip
    for code in "ac":
        assert Sum(services(periodo="2025", area=code), (women(periodo="2025", area=code),)) in found.relations
    b = {"periodo": "2025", "area": "b"}
    assert Sum(services(**b), (women(**b), again(**b))) in found.relations


def test_women_who_add_up_are_a_sum() -> None:
    found = tied(house(r"""
        periodo\edad   _T    a    b
        2025          30:20 10:9 20:11
    """))  # fmt: skip
    assert Sum(women(periodo="2025"), tuple(women(periodo="2025", edad=c) for c in "ab")) in found.relations
    assert not found.virtual


def test_the_rest_of_women_who_add_up_in_a_wider_group_is_known() -> None:
    legal = r"""
        periodo\edad   _T    x
        2025          20:12 20:12
    """
    every = r"""
        periodo\edad   _T    x
        2025          30:20 30:20
    """

    def rest(areas: str) -> list[int]:
        found = tied(house(areas, every, legal, where=[{}, {}, {"area": "a"}]))
        others = Figure(cell(periodo="2025", edad="x", area="!a"), "usuarias")
        return [found.values[others]]

    assert rest("periodo\\area _T a b\n2025 30:20 20:12 10:8") == [8]
    assert rest("periodo\\area _T a b\n2025 30:20 20:12 10:9") == [10]  # not counted: no more than their services


def test_women_who_are_not_in_a_part_are_a_group() -> None:
    found = tied(house(r"""
        periodo\area  _T    a    b
        2025          30:20 10:9 20:15
    """))  # fmt: skip
    outside = constraints.outside(women(periodo="2025"), women(periodo="2025", area="a"))
    assert found.values[outside] == 20 - 9
    assert found.virtual[outside] == cell(periodo="2025", area="a")
    assert Sum(women(periodo="2025"), (women(periodo="2025", area="a"), outside)) in found.relations


def test_an_incomplete_breakdown_has_a_rest() -> None:
    found = tied(house(
        r"""
        periodo\edad  _T  joven
        2025          20     20
        """,
        r"""
        periodo\edad  _T  joven
        2025          17     17
        """,
        codes={"area": "a b"},
        where=[{}, {"area": "a"}],
    ))  # fmt: skip
    rest = [figure for figure in found.virtual if any(name == "area" for name, _ in figure.cell.where)]
    assert sorted(found.values[figure] for figure in rest) == [3, 3]
    assert all(code == "!a" for figure in rest for name, code in figure.cell.where if name == "area")


def test_the_no_of_a_free_question_is_no_secret() -> None:
    text = r"""
        periodo\tipo  _T    x     y
        2025          30:20 10:10 20:15
    """
    assert any(f.measure.startswith("never") for f in tied(house(text, multiple=["tipo"])).virtual)
    assert not tied(house(text, multiple=["tipo"], free=["tipo"])).virtual


def test_a_year_is_its_quarters_and_a_quarter_its_months() -> None:
    found = tied(house(r"""
        periodo\area  _T   a
        2025          12  12
        2025-T1        3   3
        2025-T2        3   3
        2025-T3        3   3
        2025-T4        3   3
        2025-01        1   1
        2025-02        1   1
        2025-03        1   1
    """))  # fmt: skip
    year = tuple(women(periodo=f"2025-T{n}") for n in range(1, 5))
    months = tuple(women(periodo=f"2025-0{n}") for n in range(1, 4))
    assert Sum(women(periodo="2025"), year) in found.relations
    assert Sum(women(periodo="2025-T1"), months) in found.relations


def test_a_year_to_date_and_what_follows_it_cover_the_year() -> None:
    values = {
        women(periodo=code): n
        for code, n in [
            ("2025", 30),
            ("2025-T1-T3", 25),
            ("2025-T1", 9),
            ("2025-T2", 9),
            ("2025-T3", 9),
            ("2025-T4", 7),
        ]
    }
    values |= {services(periodo=f.cell.code(PERIOD)): n for f, n in values.items()}
    built = house("periodo\\area _T a\n2025 30:20 30:20", earlier_cut_offs=["2025-09"])
    codes = {c.code: c for edition in built.plan.editions for c in built.plan.periods(edition).codes}
    found = constraints.tie(values, built.plan, CodeList(PERIOD, tuple(codes.values())))
    assert Cover(women(periodo="2025"), (women(periodo="2025-T1-T3"), women(periodo="2025-T4"))) in found.relations


def test_a_union_of_codes_stands_for_them_in_their_total() -> None:
    built = house("periodo\\edad _T a b c u\n2025 30 9 9 12 18")
    union = Code("u", "", ("a", "b"), 4, {"es": "u"})
    edad = CodeList("edad", (*built.plan.lists["edad"].codes[:3], union))
    plan = replace(built.plan, lists={"edad": edad})
    values = {women(periodo="2025", edad=code): n for code, n in (("c", 12), ("u", 18))} | {women(periodo="2025"): 30}
    found = constraints.tie(values, plan, plan.periods(built.edition))
    assert (
        Sum(women(periodo="2025"), (women(periodo="2025", edad="u"), women(periodo="2025", edad="c")))
        in found.relations
    )


def test_a_rest_has_no_more_women_than_records() -> None:
    found = tied(house(
        "periodo\\tipo _T x y\n2025 93:40 58:38 35:30",
        "periodo\\area _T a\n2025 60:40 60:40",
        multiple=["tipo"],
    ))  # fmt: skip
    no = [Figure(cell(periodo="2025", tipo="!x"), measure) for measure in ("usuarias", "servicios")]
    assert Cover(women(periodo="2025"), (women(periodo="2025", tipo="x"), no[0])) in found.relations
    assert AtMost(no[0], no[1]) in found.relations
    assert [found.values[figure] for figure in no] == [2, 2]


def test_a_missing_level_is_replaced_by_what_is_below_it() -> None:
    found = tied(house(r"""
        periodo\servicio  _T  a1  a2  b1
        2025               9   2   3   4
    """, codes=SERVICES_BY_AREA, upper={"servicio": "area"}))  # fmt: skip
    total = [r for r in found.relations if isinstance(r, Sum) and r.total == women(periodo="2025")]
    assert [sorted(part.cell.code("servicio") for part in r.parts) for r in total] == [["a1", "a2", "b1"]]


def test_a_level_that_is_there_in_part_only_leaves_a_rest() -> None:
    found = tied(house(r"""
        periodo\servicio  _T  a1  b1
        2025               9   2   4
    """, codes=SERVICES_BY_AREA, upper={"servicio": "area"}))  # fmt: skip
    (total,) = [r for r in found.relations if isinstance(r, Sum) and r.total == women(periodo="2025")]
    (rest,) = [part for part in total.parts if part in found.virtual]
    assert found.values[rest] == 9 - 2 - 4


def test_groups_of_a_sensitive_dimension_but_not_what_was_not_said() -> None:
    found = tied(house(r"""
        periodo\lengua  _T  si  no  no_especificado
        2025            30  10  15                5
    """, sensitive=["lengua"]))  # fmt: skip
    assert {outside.measure for _, outside in found.groups} == {"never lengua=si", "never lengua=no"}


def test_every_relation_holds_for_the_truth() -> None:
    found = tied(house(
        r"""
        periodo/edad\area   _T     a     b
        2025/_T          30:20  10:9 20:15
        2025/joven       12:10   5:5   7:6
        2025/mayor       18:10   5:4  13:9
        """,
        r"""
        periodo\tipo        _T     x     y
        2025             25:20  12:9 13:13
        """,
        multiple=["tipo"],
    ))  # fmt: skip
    assert len(found.relations) > 10
    for relation in found.relations:
        if isinstance(relation, AtMost):
            right = sum(times * found.values[figure] for figure, times in relation.right)
            assert found.values[relation.lesser] <= right
        else:
            parts = [found.values[part] for part in relation.parts]
            if isinstance(relation, Sum):
                assert found.values[relation.total] == sum(parts)
            else:
                assert max(parts) <= found.values[relation.total]
                assert found.values[relation.total] + found.values[relation.surplus] == sum(parts)


def test_the_helper_reads_what_it_writes() -> None:
    table = Written.of("periodo\\area _T a\n2025 3 3\n(2025-T1) 1 1")
    assert table.dimensions == ("periodo", "area")
    assert table.shadows == {"2025-T1"}
    assert table.cells["2025-T1", "a"] == "1"
