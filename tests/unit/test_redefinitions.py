"""What the institute defines otherwise than before is named as what it is; what a table could give up is what it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import flow
from pipeline.cli.errors import MESSAGES, explain
from pipeline.cli.parser import LANGUAGES
from pipeline.confidential.protection import table_redesign
from pipeline.institute.plan import Code, CodeList, Plan
from pipeline.institute.written import Disclosure
from pipeline.model.findings import Finding, PipelineError, stop
from pipeline.public.edition import reader
from pipeline.public.edition.model import Package, Release
from pipeline.public.exports import changelog
from pipeline.wording import texts
from pipeline.workflows import candidates, redefinitions
from pipeline.workflows.run import Run
from tests import editions
from tests.conftest import content, silent, site_texts

WORDS = texts.load(MESSAGES, LANGUAGES)
Change = Callable[[Plan], Plan]


@pytest.fixture(scope="module")
def earlier(editions_of_tiny: Path) -> list[Package]:
    return [reader.read(editions_of_tiny / name) for name in ("2025-T3", "2025-T4")]


def codes(name: str, change: Callable[[Mapping[str, Code]], Mapping[str, Code | None]]) -> Change:
    """The plan with codes of a list changed, added, or taken out (None)."""

    def changed(plan: Plan) -> Plan:
        known = plan.lists[name].by_code
        now = {**known, **change(known)}
        return replace(plan, lists={**plan.lists, name: CodeList(name, tuple(code for code in now.values() if code))})

    return changed


def threshold(least: int, sensitive: int = 10) -> Change:
    rule: Disclosure = {"threshold": least, "sensitive_threshold": sensitive}
    return lambda plan: replace(plan, facts={**plan.facts, "disclosure": rule})


def sensitive(name: str) -> Change:
    def changed(plan: Plan) -> Plan:
        visits = plan.resources["visitas"]
        dimension = replace(visits.dimensions[name], sensitive=True)
        return replace(
            plan,
            resources={**plan.resources, "visitas": replace(visits, dimensions={**visits.dimensions, name: dimension})},
        )

    return changed


def new(code: str, parent: str = "", parts: tuple[str, ...] = (), label: str = "") -> Code:
    return Code(code, parent, parts, 99, {"es": label or code, "en": label or code})


REFUSED: dict[str, tuple[Change, str, str]] = {
    "a code that is gone": (codes("area", lambda old: {"legal": None}), "codes/area.csv", "code_gone"),
    "a code of a multiple answer that is gone": (codes("tipo", lambda old: {"fisica": None}), "codes/tipo.csv", "code_gone"),
    "a code with another name": (
        codes("area", lambda old: {"legal": None, "juridica": new("juridica", label="Legal")}), "codes/area.csv", "code_renamed",
    ),
    "two codes united into a new one": (
        codes("edad", lambda old: {"joven": None, "adulta": None, "menor": new("menor", label="Menor")}), "codes/edad.csv", "code_gone",
    ),
    "a code in another group": (
        codes("servicio", lambda old: {"escucha": replace(old["escucha"], parent="legal")}), "codes/servicio.csv", "code_moved",
    ),
    "a code that unites others now": (
        codes("edad", lambda old: {"mayor": replace(old["mayor"], parts=("joven", "adulta"))}), "codes/edad.csv", "union_changed",
    ),
    "a raised threshold": (threshold(30), "institute.yaml:disclosure.threshold", "threshold_raised"),
    "a raised threshold for what is sensitive": (
        threshold(5, 200), "institute.yaml:disclosure.sensitive_threshold", "threshold_raised",
    ),
    "a dimension that became sensitive": (
        lambda plan: threshold(5, 15)(sensitive("area")(plan)), "records.package.yaml:visitas.area", "sensitive_since"),
}  # fmt: skip
ALLOWED: dict[str, Change] = {
    "nothing": lambda plan: plan,
    "a new code": codes("area", lambda old: {"salud": new("salud")}),
    "a new code in a group": codes("servicio", lambda old: {"terapia": new("terapia", "social")}),
    "a new group of old codes": codes("area", lambda old: {"todas": new("todas"), "legal": replace(old["legal"], parent="todas")}),
    "a new union": codes("edad", lambda old: {"menor": new("menor", parts=("joven", "adulta"))}),
    "another label": codes("area", lambda old: {"legal": replace(old["legal"], labels={"es": "Jurídica", "en": "Law"})}),
    "labels exchanged": codes("area", lambda old: {"legal": replace(old["legal"], labels=old["social"].labels), "social": replace(old["social"], labels=old["legal"].labels)}),
    "another order": codes("area", lambda old: {"legal": replace(old["legal"], order=9)}),
    "a lower threshold": threshold(3, 3),
    "fewer tables": lambda plan: replace(plan, tables=plan.tables[:1]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_change_the_meaning_of_a_published_figure_is_named(
    case: str, plan: Plan, earlier: list[Package]
) -> None:
    change, where, rule = REFUSED[case]
    with pytest.raises(PipelineError) as stopped:
        redefinitions.refuse(change(plan), earlier)
    assert stopped.value.exit_code == 12
    assert (where, rule) in {(finding.where, finding.rule) for finding in stopped.value.findings}
    assert {finding.rule for finding in stopped.value.findings} == {rule}
    assert {dict(finding.facts)["edition"] for finding in stopped.value.findings} == {"2025-T4"}  # once, by the newest
    for say in WORDS.values():
        explain(stopped.value, say)


@pytest.mark.parametrize("case", ALLOWED)
def test_what_keeps_their_meaning_is_free(case: str, plan: Plan, earlier: list[Package]) -> None:
    redefinitions.refuse(ALLOWED[case](plan), earlier)


def test_a_code_that_counted_nobody_may_go_and_a_threshold_may_rise_where_nothing_is_below(plan: Plan) -> None:
    text = "periodo area | visitas mujeres\n2025 _T | 40 40\n2025 legal | 40 40\n2025 social | 0 0"
    shown = editions.table(text, records="visitas", rows="visitas", persons="mujeres", kinds={"area": "flat"})
    before = [editions.edition(shown)]
    redefinitions.refuse(codes("area", lambda old: {"social": None})(plan), before)
    withheld = replace(shown, frame=shown.frame.assign(obs_status=["A", "A", "Q"]))
    with pytest.raises(PipelineError):  # what is withheld is somebody
        redefinitions.refuse(codes("area", lambda old: {"social": None})(plan), [editions.edition(withheld)])
    table = replace(plan.tables[0], dimensions=("periodo", "area"))
    redefinitions.refuse(replace(threshold(40)(plan), tables=(table,)), before)
    with pytest.raises(PipelineError):
        redefinitions.refuse(replace(threshold(41)(plan), tables=(table,)), before)


def test_a_run_stops_for_that_before_it_says_that_there_is_no_safe_way(plan: Plan, raw: Path, published: Path) -> None:
    before = content(published)
    with pytest.raises(PipelineError) as stopped:
        flow.publish(Run(threshold(30)(plan), raw, published, "2025-T4", site_texts(plan)), silent)
    assert {finding.rule for finding in stopped.value.findings} == {"threshold_raised"}
    assert content(published) == before


def test_what_differs_is_told_beside_a_refusal_only(plan: Plan, earlier: list[Package]) -> None:
    changed = codes("edad", lambda old: {"menor": new("menor", parts=("joven", "adulta"))})(threshold(4)(plan))
    refused = candidates.advised(
        stop("disclosure", "tables.yaml:tipos", "unprotectable", table="tipos"), changed, plan.editions[-1], earlier
    )
    rules = {finding.rule for finding in refused.findings}
    assert rules == {"no_safe_way", "union_added", "threshold_differs"}
    late = stop("disclosure", "visitas", "late_records", periods="2025-T1", edition="2025-T4")
    assert candidates.advised(late, changed, plan.editions[-1], earlier).findings == late.findings
    for say in WORDS.values():
        assert len(explain(refused, say)) >= 5


def test_nothing_is_advised_that_a_table_has_not_got(plan: Plan) -> None:
    def ways(table: str, rule: str = "unprotectable") -> dict[str, str]:
        facts = dict(
            table_redesign.advised(Finding.of(f"tables.yaml:{table}", rule, table=table, levels="anio"), plan).facts
        )
        return {key: value for key, value in facts.items() if key != "table"}

    assert ways("reportes_por_causa") == {}  # years alone, two codes, one dimension
    assert ways("visitas_por_area") == {"coarser_time": "mes"}
    assert ways("visitas_por_servicio") == {
        "coarser_time": "trimestre",
        "coarser_codes": "servicio",
        "merged": "servicio",
    }
    assert ways("mujeres_por_edad") == {"coarser_time": "acumulado", "merged": "edad", "dropped": "edad, area"}
    assert ways("tipos") == {"coarser_time": "trimestre"}  # the codes of a multiple answer are questions of their own
    assert ways("tipos", "unprotectable_unknown") == ways("tipos")
    assert ways("reportes_por_causa", "unprotectable_total") == {}
    assert ways("mujeres_por_edad", "unprotectable_total") == {"coarser_time": "acumulado"}
    for language, coarser, wait in (
        ("es", "tiempo más grueso", "hasta tener más registros"),
        ("en", "coarser time", "more records"),
    ):
        for rule in ("unprotectable", "unprotectable_total", "unprotectable_unknown"):
            error = stop(
                "disclosure", "tables.yaml:reportes_por_causa", rule, table="reportes_por_causa", levels="anio"
            )
            said = "\n".join(explain(candidates.advised(error, plan, plan.editions[-1], []), WORDS[language]))
            assert coarser not in said
            assert wait in said


def test_a_retired_table_is_not_sent_to_be_tried(plan: Plan) -> None:
    found = table_redesign.advised(
        Finding.of("tables.yaml:tipos@2025-T3", "unprotectable", table="tipos@2025-T3"), plan
    )
    assert (found.where, found.rule, dict(found.facts)) == (
        "tables.yaml:tipos",
        "no_safe_way_retired",
        {"edition": "2025-T3"},
    )


def test_labels_that_changed_are_told_and_whose_they_were(plan: Plan) -> None:
    text = "periodo area | servicios usuarias\n2025 _T | 80 40\n2025 a | 40 20\n2025 b | 40 20"
    then = editions.edition(editions.table(text), name="2025-T3")
    release: Release = {"edition": "x", "cut_off": "2025-12", "published": "2026-01-20"}
    then = replace(then, release=release, descriptor={"version": "1"})

    def now(**labels: str) -> Package:
        frame = then.codes["area"].copy()
        frame["es"] = [labels.get(code, code) for code in frame["code"]]
        return replace(then, edition="2025-T4", codes={**then.codes, "area": frame})

    words = site_texts(plan)
    same, other, swapped = (changelog.changes([then, each])[0] for each in (now(), now(a="A!"), now(a="b", b="a")))
    assert same.labels_changed == {}
    assert other.labels_changed == {"area": {"a": {"es": ("a", "A!")}}}
    assert "«a» ahora se llama «A!» (código a)" in " ".join(changelog.said(other, [then], words["es"]))
    assert words["es"]("changes.by_code") not in changelog.said(other, [then], words["es"])
    assert "«A!»" not in " ".join(changelog.said(other, [then], words["en"]))  # nothing changed in English
    told = changelog.said(swapped, [then], words["es"])
    assert "que era la etiqueta del código b" in " ".join(told)
    assert told.count(words["es"]("changes.by_code")) == 1
