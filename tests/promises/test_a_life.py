"""An institute begins with the first quarter of its first year and goes on: a correction, a new code, a new table, a retired
one, a closed year. Every edition is safe with all before it, and its pages say what there is not yet."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline import SITE, flow
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.public.edition import reader
from pipeline.public.edition.model import Package
from pipeline.public.exports import build, changelog
from pipeline.public.presentation import captions
from pipeline.public.presentation.edition_view import View
from pipeline.public.site import stage as staged
from pipeline.public.site.staging import Staging
from pipeline.wording import texts
from pipeline.workflows import amendments, editions, sample
from pipeline.workflows.run import Run
from tests.conftest import SEED, TINY, WHATEVER, audited, silent, site_texts, verified

ANNOUNCED = """
  - {id: 2025-T1, cut_off: "2025-03", published: "2025-04-15"}
  - {id: 2025-T2, cut_off: "2025-06", published: "2025-07-15"}
"""
MONTHLY = '  - {id: 2025-11, cut_off: "2025-11", published: "2025-12-15"}\n'
CHARTS = """charts:
  - {id: causas, topic: violencia, table: reportes_por_causa, kind: bar, measure: reportes, y: causa, level: anio, title: {es: Causas, en: Causes}}
  - {id: zonas, topic: violencia, table: solo_anio, kind: map, measure: mujeres, y: area, level: anio, shapes: mapa, title: {es: Zonas, en: Zones}}
"""
YEARLY = """- id: solo_anio
  topic: violencia
  resource: visitas
  title: {es: Por zona, en: By zone}
  dimensions: [{name: periodo, levels: [anio]}, area]
  measures: [visitas, mujeres]
"""
NEW = YEARLY.replace("solo_anio", "nueva").replace("levels: [anio]", "levels: [anio, acumulado]")
NEW = NEW.replace("Por zona", "Por zona y acumulado").replace("By zone", "By zone and to date")
NEW_CHART = "charts:\n  - {id: nueva, topic: violencia, table: nueva, kind: bar, measure: visitas, y: area, title: {es: Nueva, en: New}}\n"


@dataclass
class Life:
    """The folder of an institute with its records so far and what it published; `pages`: edition → page → its text."""

    folder: Path
    pages: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def published(self) -> Path:
        return self.folder / "published"

    @property
    def plan(self) -> Plan:
        return load(self.folder / "institute")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / "institute" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def deliver(self, until: str) -> None:
        """The records of the months up to one, as the office has them then."""
        everything, raw = self.folder / "all", self.folder / "raw"
        raw.mkdir(exist_ok=True)
        visits = pd.read_csv(everything / "visitas.csv", dtype="str", keep_default_na=False)
        reports = pd.read_csv(everything / "reportes.csv", dtype="str", keep_default_na=False)
        visits = visits[visits["mes"].str[:7] <= until]
        visits.to_csv(raw / "visitas.csv", index=False)
        ended = reports["trimestre"] <= f"2025-T{int(until[5:]) // 3}"
        reports[ended & reports["visita_id"].isin(visits["visita_id"])].to_csv(raw / "reportes.csv", index=False)

    def publish(self, plan: Plan, edition: str) -> None:
        flow.publish(
            Run(plan, self.folder / "raw", self.published, edition, site_texts(plan), effort="quick", accept=WHATEVER),
            silent,
        )

    def packages(self) -> list[Package]:
        return editions.read(editions.folders(self.published), silent)

    def stage(self) -> None:
        """Every page in Spanish, with its charts and tables, before mkdocs makes HTML of it. What is derived of the first
        edition, too: it must be possible still when the institute has gone on."""
        plan, work = self.plan, self.folder / "work"
        words, packages, stage = site_texts(plan), self.packages(), self.folder / "work" / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        writer = Staging(packages, plan, words["es"], work / "charts", SITE, stage, first=True)
        staged.stage(writer, lambda step, done, of: None)
        self.pages[packages[-1].edition] = {
            path.relative_to(stage / "es").as_posix(): re.sub(
                r"<!-- celosia:insert (\S+) -->", lambda mark: writer.parts[mark[1]], path.read_text("utf-8")
            )
            for path in (stage / "es").rglob("*.md")
        }
        derived, drawn = work / "derived", work / "charts"
        build.derive(packages[:1], plan, words, work / "datos", build.Folders(SITE, derived, drawn))


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    life = Life(tmp_path_factory.mktemp("life"))
    shutil.copytree(TINY, life.folder / "institute")
    sample.write(life.plan, life.folder / "all", seed=SEED, rows=300)
    life.edit("institute.yaml", "editions:\n", f"editions:{ANNOUNCED}")
    life.edit("institute.yaml", "  - {id: 2025-T4,", f"{MONTHLY}  - {{id: 2025-T4,")
    life.edit("charts.yaml", "charts:\n", CHARTS)
    life.edit("tables.yaml", "- id: mujeres_por_lengua\n", f"{YEARLY}- id: mujeres_por_lengua\n")
    life.edit("pages/es/metodologia.md", "{{ goals }}", "{{ goals }}\n\n{{ chart: causas }}")
    life.deliver("2025-03")
    life.publish(life.plan, "2025-T1")
    life.stage()
    plan, correction = amendments.amended(life.plan, None, "Se corrige una nota.", "2025-05-02", ["2025-T1"])
    with amendments.recording(life.folder / "institute", correction):
        life.publish(plan, correction.id)
    life.deliver("2025-06")
    life.publish(life.plan, "2025-T2")
    written = life.folder / "all" / "visitas.csv"  # a new service begins in July, a new table with it
    lines = written.read_text(encoding="utf-8").splitlines(keepends=True)
    later = (
        line.replace(",escucha,", ",terapia,") if re.search(r",2025-(0[789]|1.)", line) and n % 2 else line
        for n, line in enumerate(lines)
    )
    written.write_text("".join(later), encoding="utf-8")
    life.edit("codes/servicio.csv", "6,Taller,Workshop", "6,Taller,Workshop\nterapia,social,,7,Terapia,Therapy")
    life.edit("tables.yaml", "- id: solo_anio\n", f"{NEW}- id: solo_anio\n")
    life.edit("charts.yaml", "charts:\n", NEW_CHART)
    life.edit("pages/es/metodologia.md", "{{ goals }}", "{{ goals }}\n\n{{ chart: nueva }}")
    life.deliver("2025-09")
    life.stage()  # before the edition with the new table is out
    life.publish(life.plan, "2025-T3")
    tables = (life.folder / "institute" / "tables.yaml").read_text(encoding="utf-8")
    life.edit("tables.yaml", tables[tables.index("- id: mujeres_por_edad") : tables.index("- id: nueva")], "")
    life.deliver("2025-11")
    life.publish(life.plan, "2025-11")
    life.deliver("2025-12")
    life.publish(life.plan, "2025-T4")
    life.stage()
    return life


def test_every_edition_is_safe_with_all_before_it_and_can_be_proved(life: Life) -> None:
    assert [each.edition for each in life.packages()] == [
        "2025-T1",
        "2025-T1.1",
        "2025-T2",
        "2025-T3",
        "2025-11",
        "2025-T4",
    ]
    assert [each.id for each in life.plan.editions] == [each.edition for each in life.packages()]
    assert not audited(life.published).exposures
    for edition in life.packages():
        assert verified(life.folder / "raw", life.published, edition.edition).findings == ()


def test_before_a_year_has_closed_a_chart_of_years_is_a_sentence(life: Life) -> None:
    first, topic = life.pages["2025-T1"], "temas/violencia.md"
    words = site_texts(life.plan)["es"]
    assert reader.read(life.published / "2025-T1").tables["solo_anio"].frame.empty
    assert first[topic].count(words("chart.no_year")) == 2  # bars, and a map
    assert words("chart.no_year") in first["metodologia.md"]
    assert words("goals.none") in first["metodologia.md"]
    assert words("files.no_rows") in first["tablas/solo_anio.md"]
    assert 'data-id="serie"' in first["temas/visitas.md"]  # what has closed is drawn
    assert '"id":"solo_anio"' not in first["explorador.md"]
    last = life.pages["2025-T4"]
    assert words("chart.no_year") not in "".join(last.values())
    assert {'data-id="causas"', 'data-id="zonas"'} <= set(re.findall(r'data-id="\w+"', last[topic]))
    assert words("goals.none") not in last["metodologia.md"]


def test_a_chart_of_a_table_that_is_still_to_come_is_a_sentence_too(life: Life) -> None:
    words = site_texts(life.plan)["es"]
    assert words("chart.not_yet") in life.pages["2025-T2"]["metodologia.md"]
    assert words("chart.not_yet") not in life.pages["2025-T4"]["metodologia.md"]
    assert 'data-id="nueva"' in life.pages["2025-T4"]["metodologia.md"]


def test_the_months_of_a_quarter_that_is_open_are_provisional_and_it_is_said(life: Life) -> None:
    words = site_texts(life.plan)
    month, quarter = (reader.read(life.published / name) for name in ("2025-11", "2025-T4"))
    for edition, status in ((month, {"P"}), (quarter, {"A"})):
        table = edition.tables["visitas_por_area"]
        shown = table.frame[table.frame["obs_status"] != "Q"].set_index("periodo")["obs_status"]
        assert set(shown.loc[["2025-10", "2025-11"]]) == status
        assert set(shown.drop(["2025-10", "2025-11"])) == {"A"}
    assert "2025-T4" not in set(month.tables["visitas_por_servicio"].frame["periodo"])
    by_area = View([month], life.plan, words["es"], life.folder).tables["visitas_por_area"]
    assert captions.provisional(by_area, words["es"]).endswith(": octubre de 2025; noviembre de 2025.")
    assert captions.provisional(by_area, words["en"], ["2025-11"]).endswith(": November 2025.")
    assert captions.provisional(by_area, words["es"], ["2025-T3"]) == ""
    specs = View([month], life.plan, words["es"], life.folder).specs
    by_quarter = next(spec for spec in specs if spec.id == "serie")
    by_month, of_newest = replace(by_quarter, level="mes"), replace(by_quarter, kind="bar", x="area", color="")
    for spec, told in ((by_month, "noviembre de 2025."), (by_quarter, ""), (of_newest, "")):
        view = View([month], life.plan, words["es"], life.folder)
        assert view.provisional(view.drawing(spec)).endswith(told)
        assert bool(view.provisional(view.drawing(spec))) == bool(told)


def test_what_changed_is_told_edition_by_edition(life: Life) -> None:
    told = {change.edition: change for change in changelog.changes(life.packages())}
    assert told["2025-T1.1"].amends == "2025-T1"
    assert told["2025-T3"].tables_added == ("nueva",)
    assert told["2025-11"].tables_removed == ("mujeres_por_edad",)
    assert "2025" in told["2025-T4"].periods_added
    assert not any(change.revised for change in told.values())


def test_the_words_for_what_there_is_not_yet_are_there_in_both_languages() -> None:
    for words in texts.of_site(("es", "en")).values():
        for key in ("chart.no_year", "chart.no_period", "chart.no_figures", "chart.not_yet", "goals.none"):
            assert words(key).endswith(".")
