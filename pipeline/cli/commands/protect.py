"""`celosia protect`: what an edition would withhold, and what could be published instead."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import yaml
from rich.table import Table

from pipeline.cli.console import Teller, drawn, grid
from pipeline.cli.errors import worded
from pipeline.confidential.protection.feasible import entry
from pipeline.confidential.protection.table_redesign import BAND, Share, Trial, shares
from pipeline.institute.files import near
from pipeline.institute.load import load
from pipeline.institute.plan import ALL, Plan
from pipeline.model.findings import EXIT_CODES, Finding, PipelineError
from pipeline.wording import texts as words
from pipeline.wording.texts import Texts
from pipeline.workflows import preview
from pipeline.workflows.preview import Explained
from pipeline.workflows.run import Run


def run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    """Protects without publishing. Returns the exit code."""
    plan = load(options.institute)
    known = {table.id for table in plan.tables}
    if unknown := set(options.tables) - known:
        wrong = [Finding.of("--tables", "unknown_table", name=name, **near(name, known)) for name in unknown]
        raise PipelineError("plan", wrong)
    asked = bool(options.explain or options.tables)
    edition = options.edition or plan.editions[-1].id
    order = Run(
        plan,
        options.raw,
        options.published,
        edition,
        words.of_plan(plan),
        effort=options.effort,
        quarantine=options.quarantine,
    )
    found = preview.explain(order, tell, tables=options.tables, most=max(options.most, 1) if asked else 0)
    tell.stop()
    for change in found.foretold:
        key = ("waits" if change.waits else "counts") + ("_small" if change.tables else "")
        facts = {"records": change.records, "periods": ", ".join(change.periods), "tables": ", ".join(change.tables)}
        tell.result(say(f"explain.foretold.{key}", **facts))
    if found.protection is None:
        tell.result("\n".join(f"  · {worded(finding, say)}" for finding in found.reasons))
        _say_way(found, plan, edition, say, tell)
        return EXIT_CODES["disclosure"]
    tell.result(drawn(_shares(shares(found.protection, plan.at(plan.edition(edition))), say)))
    if asked:
        tell.result(say("explain.tried", count=say.number(len(found.trials))))
        tell.result(drawn(_trials(found.trials, say)))
        tell.result(say("explain.possible", edition=edition))
    return 0


def _say_way(found: Explained, plan: Plan, edition: str, say: Texts, tell: Teller) -> None:
    """What can be published, as lines to write in the folder of the institute."""
    numbers, way = {"edition": edition, "count": say.number(found.attempts)}, found.way
    if way is None:
        tell.result(say("explain.no_way", **numbers))
        return
    tell.result(say("explain.way", **numbers))
    if not found.fewest:
        tell.result(say("explain.not_fewest"))
    told = sorted(table for table in way.without if way.without[table] != plan.edition(edition).without.get(table))
    whole = [table for table in told if way.without[table] == (ALL,)]
    for kind, names in (("left_out", whole), ("with_less", [table for table in told if table not in whole])):
        if names:
            tell.result(say(f"explain.{kind}", tables=", ".join(names)))
    tell.result(say("explain.write_without", edition=edition))
    without = {table: list(names) for table, names in way.without.items()}
    tell.result(f"    without: {_on_a_line(without)}")
    if way.added:
        tell.result(say("explain.write_tables"))
    for table in way.added.values():
        tell.result(f"- {_on_a_line(entry(table))}")
    tell.result(say("explain.then", edition=edition))


def _on_a_line(content: object) -> str:
    """Keys with values as YAML has them on one line."""
    return yaml.safe_dump(content, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10**6).strip()


def band(least: int | None, say: Texts) -> str:
    """A step of percents, such as 5–10 %; a dash where none can be told."""
    return "–" if least is None else f"{say.number(least)}–{say.percent((least + BAND) / 100)}"


def _shares(found: Mapping[str, Share], say: Texts) -> Table:
    columns = ["table", "cells", "withheld", "share", "women", "records"]
    rows = [
        [
            name,
            *map(say.number, (each.cells, each.withheld)),
            say.percent(each.withheld / max(each.cells, 1), 1),
            *(band(number, say) for number in (each.women, each.records)),
        ]
        for name, each in found.items()
    ]
    return grid([say(f"explain.columns.{column}") for column in columns], rows, words=1)


def _trials(trials: Sequence[Trial], say: Texts) -> Table:
    columns = ["table", "change", "won", "lost", "gone", "share"]
    rows = []
    for trial in trials:
        text = say(f"explain.changes.{trial.change}", **trial.facts)
        if trial.possible:
            numbers = [say.number(number) for number in (trial.won, trial.lost, trial.gone)]
            rows.append([trial.table, text, *numbers, say.percent(trial.withheld / max(trial.cells, 1), 1)])
        else:
            rows.append([trial.table, text, *["–"] * 4])
    return grid([say(f"explain.columns.{column}") for column in columns], rows, words=2)
