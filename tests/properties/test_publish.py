"""Whatever the records: what protection lets out, the audit finds safe and its witnesses hold; or nothing goes out."""

from __future__ import annotations

import random

import pandas as pd
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from pipeline.confidential.intake.records import Records
from pipeline.confidential.protection.protect import Before, Told, protect
from pipeline.institute.load import load
from pipeline.model.cells import Figure
from pipeline.model.findings import PipelineError
from pipeline.public.audit import structure
from pipeline.public.audit.audit import audit
from pipeline.public.audit.structure import shown
from pipeline.public.edition import metadata
from pipeline.public.edition.model import Package
from pipeline.verification.verify import verify
from tests.conftest import TINY, site_texts
from tests.records import counted, made

PLAN = load(TINY)
TEXTS = site_texts(PLAN)
AREAS = {"asesoria": "legal", "juicio": "legal", "escucha": "social", "taller": "social"}


def records(seed: int, women: int, skew: float) -> dict[str, Records]:
    """Women with one to five visits; `skew` makes some services, ages and answers rare."""
    deal = random.Random(seed)

    def one(codes: list[str]) -> str:
        return deal.choices(codes, [skew**n for n in range(len(codes))])[0]

    visits = []
    for woman in range(women):
        age, tongue = one(["adulta", "joven", "mayor", "no_especificado"]), one(["no", "si", "no_especificado"])
        first = deal.randint(1, 12)
        for _ in range(deal.randint(1, 4)):
            service, month = one(list(AREAS)), min(12, first + deal.randint(0, 2))
            yes = [str(deal.random() < chance).lower() for chance in (0.9, 0.3)]
            visits.append([f"{woman:012x}", f"2025-{month:02d}", AREAS[service], service, age, tongue, *yes, "0"])
    columns = [name for name in PLAN.resources["visitas"].fields if name != "visita_id"]
    frame = pd.DataFrame(visits, columns=columns, dtype="str")
    frame.insert(0, "visita_id", [f"V{n}" for n in range(len(frame))])
    told = [[f"R{n:03d}", "V0", f"2025-T{deal.randint(1, 4)}", one(["dilacion", "negativa"])] for n in range(women)]
    reports = pd.DataFrame(told, columns=list(PLAN.resources["reportes"].fields), dtype="str")
    return {"visitas": made("visitas", frame), "reportes": made("reportes", reports)}


def before(editions: list[Package]) -> Before:
    """What the editions so far say of cells."""
    said = structure.told(editions)
    return Before(
        frozenset().union(*(each.withheld for each in said)), {c: n for e in said for c, n in e.thresholds.items()}
    )


@settings(max_examples=500 if settings.get_current_profile_name() == "nightly" else 2)
@given(st.integers(0, 10**6), st.integers(60, 200), st.sampled_from([1.0, 0.7, 0.5]))
@example(
    78, 77, 0.5
)  # a quarter that no table shows: its records are known, and so are they no witness without a woman
def test_two_editions_of_any_records_are_safe_or_are_not_published(seed: int, women: int, skew: float) -> None:
    found = records(seed, women, skew)
    editions: list[Package] = []
    told: dict[Figure, int] = {}
    for edition in PLAN.editions:
        try:
            protection = protect(counted(found, PLAN, edition), PLAN, edition, Told(told, before=before(editions)))
        except PipelineError as error:
            if not all(finding.rule.startswith("unprotectable") for finding in error.findings):
                raise
            event(f"nothing published at {edition.id}")
            return
        tables = metadata.tables(protection.masked, PLAN)
        release = metadata.release(PLAN, edition, tables, None)
        codes = metadata.codes(PLAN, edition, TEXTS)
        editions.append(Package(edition.id, None, {}, release, {table.id: table for table in tables}, codes))
        told |= shown(editions[-1])
        assert audit(editions).exposures == ()
        assert verify(editions, protection.worlds).findings == ()
    event("both editions published")
