"""A PipelineError in words: what happened, each finding with its place, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pipeline import SITE
from pipeline.model.cells import NOT
from pipeline.model.findings import Finding, PipelineError
from pipeline.wording.texts import Texts

MESSAGES = SITE / "texts" / "messages"


WAYS = ("coarser_time", "coarser_codes", "merged", "dropped")
"""What may be given up of a table, the least first, as findings name it."""


ROW = re.compile(r"(.+\.csv):(\d+)")
"""A row of a file, as a finding names it."""
ITEM = re.compile(r"\.(files|levels|measures|dimensions|languages|none|bins|drop)\.(\d+)(?=\.|$)")
"""An item of a list that has no name, as a finding names it: the first is 0."""


def explain(error: PipelineError, say: Texts, state: str = "") -> list[str]:
    """An error in words: what happened, each finding, what to do, and what became of the publication (`state`; nothing has
    changed, if it is not given)."""
    lines = [say(f"errors.{error.kind}", count=len(error.findings), code=error.exit_code)]
    lines += [f"  · {worded(finding, say, others)}" for finding, others in _alike(error.findings)]
    lines.append(say(f"after.{error.kind}", state=state or say("untouched")))
    lines += [say(f"hints.{hint}", **facts) for hint, facts in error.hints.items()]
    return lines


def _alike(findings: Sequence[Finding]) -> Iterator[tuple[Finding, list[Finding]]]:
    """Findings, each with those that say of other lines of its file that the same name is unknown there: one mistake."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        facts = {name: fact for name, fact in finding.facts if name != "line"}
        alike = finding.rule.startswith("unknown_") and "line" in dict(finding.facts)
        key = (finding.where.partition(":")[0], finding.rule, *sorted(facts.items())) if alike else number
        groups.setdefault(key, []).append(finding)
    for group in groups.values():
        first, *others = sorted(group, key=_line)
        yield first, others


def _line(finding: Finding) -> int:
    return int(dict(finding.facts).get("line", "0"))


def worded(finding: Finding, say: Texts, others: Sequence[Finding] = ()) -> str:
    """A finding as a line: the place, what is wrong there, and what comes near to what was meant; `others` say the same of
    other lines of the file."""
    return f"{_place(finding, say, others)}: {said(finding, say)}"


def said(finding: Finding, say: Texts) -> str:
    """What is wrong, without the place, and what comes near to what was meant."""
    facts = dict(finding.facts)
    if finding.rule.startswith("exposed_"):
        facts["cell"] = _cell({name: code for name, code in facts.items() if name not in ("rule", "editions")}, say)
    if finding.rule.startswith("no_safe_way"):
        ways = [say(f"ways.{way}", what=facts[way]) for way in WAYS if way in facts]
        facts["ways"] = say("ways.or").join([*ways, say("ways.wait")])
    if finding.rule.startswith("identity_"):
        facts |= {
            "what": say(f"identities.{facts['kind']}.what"),
            "instead": say(f"identities.{facts['kind']}.instead"),
        }
    if "periods" in facts:
        facts["periods"] = ", ".join(_code(code, say) for code in facts["periods"].split(", "))
    for fact, kind in (
        ("language", "languages"),
        ("wanted", "wanted"),
        ("got", "wanted"),
        ("why", "yaml"),
        ("broken", "broken"),
    ):
        if fact in facts:
            facts[fact] = _worded(facts[fact], kind, facts, say)
    key = f"rules.{finding.rule}"
    text = say(key, **facts) if say.has(key) else say("rules.other", rule=finding.rule)
    if "earlier" in facts:
        earlier = numbered(facts["earlier"], say) + _rows(say, facts["earlier_rows"], int(facts["earlier_count"]))
        text += say("places.spelled" if finding.rule == "key_variants" else "places.earlier", place=earlier)
    if "near" in facts:
        text += say("places.near", near=facts["near"])
    elif "known" in facts:
        text += say("places.known", known=facts["known"])
    return text


def _place(finding: Finding, say: Texts, others: Sequence[Finding]) -> str:
    """Where something is wrong: the file, and the line, column or rows in it."""
    facts = dict(finding.facts)
    place = numbered(finding.where, say)
    row = ROW.fullmatch(finding.where)
    if row:
        place = row[1] + say("places.row", rows=row[2])
    if "line" in facts:
        place += say("places.line", line=facts["line"])
    if others:
        place += say("places.also", lines=", ".join(str(_line(other)) for other in others))
    if "position" in facts:
        place += say("places.position", position=facts["position"])
    if "column" in facts:
        place += say("places.column", column=facts["column"])
    if "rows" in facts:
        place += _rows(say, facts["rows"], int(facts.get("count", "1")))
    elif "row" in facts:
        place += say("places.row", rows=facts["row"])
    return place


def numbered(place: str, say: Texts) -> str:
    """A place with the items of lists that have no name as people number them."""
    return ITEM.sub(lambda at: f".{at[1]}{say('places.nth', n=int(at[2]) + 1)}", place)


def _worded(given: str, kind: str, facts: Mapping[str, str], say: Texts) -> str:
    """One or several of our keys, comma-separated, in words; what has none is told as it is."""
    keys = [(name, f"{kind}.{name}") for name in given.split(", ")]
    return say("places.or").join(say(key, **facts) if say.has(key) else name for name, key in keys)


def _cell(codes: Mapping[str, str], say: Texts) -> str:
    """A cell in words."""
    parts = [say("places.code", name=name, code=_code(code, say)) for name, code in codes.items()]
    return ", ".join(parts) or say("places.total")


def _code(code: str, say: Texts) -> str:
    """A code as a person reads it; one that stands for all but others says so."""
    whole, _, others = code.partition(NOT)
    if not others:
        return code
    return say("places.but", whole=whole, others=others) if whole else say("places.not", others=others)


def _rows(say: Texts, rows: str, count: int) -> str:
    """Rows as a message tells them: the first few, and how many there are."""
    shown = say("places.and_more", rows=rows, count=count) if count > rows.count(",") + 1 else rows
    return say("places.rows" if count > 1 else "places.row", rows=shown)


def broken(named: str, say: Texts) -> str:
    """Column and rule (`causa:enum`) in words: what is wrong, without what to do."""
    column, _, rule = named.rpartition(":")
    told = say(f"rules.{rule}").partition(";")[0] if say.has(f"rules.{rule}") else say("rules.other", rule=rule)
    return f"{say('places.column', column=column)}: {told}" if column else f": {told}"
