"""The sentence that a chart supports: what a reader may take away, made from the figures that it draws.

In: a `Drawing`, the totals that it is a part of, words. Out: one sentence, empty where the figures support none. Pure.

A rule for each kind of chart: along time, the newest period is held against the same one a year before (so that a month is
compared with the same month), and what rose and what fell are both told; of a question of yes or no, the share of yes; of
parts of a whole, the largest with its share. What says little (unspecified, not applicable, other) is left out, and named
where it is large. Only published figures are used, and nothing is said of those that are withheld: where one could be the
largest, the sentence speaks of what is shown.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence

from pipeline.model import periods
from pipeline.model.cells import TOTAL
from pipeline.public.charts.spec import Drawing
from pipeline.public.edition.model import PERIOD
from pipeline.public.statistics.figures import WITHHELD, Value, year_before
from pipeline.wording.texts import Texts

YES, NO = frozenset({"si", "yes"}), "no"
"""Codes of the answers to a question of yes or no."""
LARGE = 0.1
"""The part of a whole from which on an answer that says little is named."""
TOLD, FIRST = 4, 2
"""How many series are told one by one; of more, how many of those that rose, or fell, the most."""
TIED = 3
"""How many codes with the same figure are named."""


def upper(text: str) -> str:
    """With a capital at the start."""
    return text[:1].upper() + text[1:]


def unsaid(values: Iterable[Value], words: Texts) -> str:
    """Why there is no sentence: all figures are withheld, there are none, or those shown compare with no other."""
    found = list(values)
    if any(isinstance(value, int) for value in found):
        return words("chart.some")
    return words("chart.nothing" if WITHHELD in found else "chart.none")


def blanks(text: str) -> set[str]:
    """The blanks of a text. Raises ValueError where its braces do not close."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def listed(names: Sequence[str], words: Texts) -> str:
    """Names in a row: «a, b y c»."""
    said = names[0]
    for number, name in enumerate(names[1:], start=2):
        said = words("chart.and" if number == len(names) else "chart.comma", first=said, last=name)
    return said


def finding(drawn: Drawing, wholes: Mapping[str, Value], words: Texts) -> str:
    """What a chart shows, in a sentence; empty where its published figures support none.

    `wholes`: period → the total that the figures of that period are parts of, where they are parts of one.
    """
    spec = drawn.spec
    if spec.x == PERIOD:
        if spec.kind == "stacked" and (said := _part_over_time(drawn, wholes, words)):
            return said
        return _over_time(drawn, words)
    whole = next(iter(wholes.values()), None)
    if not spec.color and (yes := _yes(drawn)):
        return _answered(drawn, yes, whole, words)
    return _most(drawn, whole, words)


# along time ----------------------------------------------------------------------------------------------------------


def breaks(drawn: Drawing) -> list[str]:
    """The notes of the breaks between the newest period of a chart and the same one a year before."""
    last = list(drawn.xs)[-1]
    first, end = periods.months_of(year_before(last))[0], periods.months_of(last)[-1]
    return [
        note["says"][drawn.language]
        for note in drawn.spec.annotations
        if first < periods.months_of(note["at"])[0] <= end
    ]


def _over_time(drawn: Drawing, words: Texts) -> str:
    """The newest period against the same one a year before, series by series; both what rose and what fell. What says little
    is left out."""
    last = list(drawn.xs)[-1]
    earlier, broken = year_before(last), breaks(drawn)
    facts = {"unit": drawn.unit, "when": words.in_period(last)}
    now = {s: v for s in drawn.series if s not in drawn.aside and isinstance(v := drawn.values[last, s], int)}
    then = {s: v for s in now if isinstance(v := drawn.values.get((earlier, s)), int) and not broken}
    if not now:
        return ""
    if TOTAL in now and now[TOTAL] == then.get(TOTAL):
        return words("chart.equal", now=words.number(now[TOTAL]), **facts)
    if TOTAL in now and TOTAL in then:
        key = "more" if now[TOTAL] > then[TOTAL] else "fewer"
        return words(f"chart.{key}", now=words.number(now[TOTAL]), then=words.number(then[TOTAL]), **facts)
    if then:
        said = [*_moved(drawn, now, then, words), *_others(drawn, now, then, words)]
        return words("chart.against", list="; ".join(said), **facts)
    names = [_named(drawn, s, now[s], words) for s in sorted(now, key=lambda s: -now[s])[:TOLD]]
    level = words("chart.levels", list=listed(names, words), **facts)
    if TOTAL in now:
        level = words("chart.level", now=words.number(now[TOTAL]), **facts)
    return " ".join([level, *(words("chart.broken", says=note) for note in broken)])


def _named(drawn: Drawing, series: str, value: int, words: Texts) -> str:
    return words("chart.stayed", name=drawn.series[series], now=words.number(value))


def _moved(drawn: Drawing, now: Mapping[str, int], then: Mapping[str, int], words: Texts) -> list[str]:
    """What rose, what fell and what did neither; of many, the number of them and those that moved the most."""
    found = []
    for way, sign in (("up", 1), ("down", -1), ("same", 0)):
        series = [s for s in then if (now[s] > then[s]) - (now[s] < then[s]) == sign]
        series.sort(key=lambda s: -abs(now[s] - then[s]))
        told = series if len(then) <= TOLD else series[:FIRST]
        names = [
            _named(drawn, s, now[s], words)
            if way == "same"
            else words("chart.moved", name=drawn.series[s], then=words.number(then[s]), now=words.number(now[s]))
            for s in told
        ]
        if len(told) < len(series):
            found.append(words(f"chart.{way}_most", count=len(series), of=len(then), list=listed(names, words)))
        elif names:
            found.append(words(f"chart.{way}{'_one' if len(names) == 1 else ''}", list=listed(names, words)))
    return found


def _others(drawn: Drawing, now: Mapping[str, int], then: Mapping[str, int], words: Texts) -> list[str]:
    """Series that compare with nothing: their figure of a year before is withheld, or there is none."""
    names = [_named(drawn, s, now[s], words) for s in now if s not in then]
    return [words("chart.uncompared", list=listed(names, words))] if names and len(now) <= TOLD else []


def _part_over_time(drawn: Drawing, wholes: Mapping[str, Value], words: Texts) -> str:
    """The share of the largest part that is shown, now and a year before; nothing where two are as large."""
    last = list(drawn.xs)[-1]
    earlier = year_before(last)
    known = {s: v for s in drawn.series if s not in drawn.aside and isinstance(v := drawn.values[last, s], int)}
    whole = wholes.get(last)
    if not known or not isinstance(whole, int) or not whole or breaks(drawn):
        return ""
    largest = max(known, key=lambda s: known[s])
    if [*known.values()].count(known[largest]) > 1:
        return ""
    held = any(drawn.values[last, s] is WITHHELD for s in drawn.series if s not in drawn.aside)

    def told(value: int, of: int) -> dict[str, str]:
        return {"value": words.number(value), "whole": words.number(of), "share": words.percent(value / of)}

    facts = told(known[largest], whole) | {"name": drawn.series[largest], "unit": drawn.unit.lower()}
    facts["lead"] = words(f"chart.{_lead(len(known), held=held)}", when=words.in_period(last))
    then, before = drawn.values.get((earlier, largest)), wholes.get(earlier)
    if not isinstance(then, int) or not isinstance(before, int) or not before:
        return words("chart.part", **facts)
    return words("chart.part_then", **facts, **{f"{k}_then": v for k, v in told(then, before).items()})


def _lead(known: int, *, held: bool) -> str:
    """How a sentence on the largest of `known` figures begins; `held`: others are withheld."""
    return "lead_only" if known == 1 else "lead_shown" if held else "lead_all"


# in one period -------------------------------------------------------------------------------------------------------


def _yes(drawn: Drawing) -> str:
    """The code of yes, where the chart shows a question of yes or no."""
    codes = {code for code in drawn.xs if code not in drawn.aside}
    answers = codes & YES
    return next(iter(answers)) if len(answers) == 1 and codes - YES <= {NO} else ""


def _answered(drawn: Drawing, yes: str, whole: Value, words: Texts) -> str:
    """The share of those who answered yes, and of how many nothing is known."""
    value = drawn.values[yes, TOTAL]
    if not isinstance(value, int) or not isinstance(whole, int) or not whole:
        return ""
    facts = _facts(drawn, drawn.xs[yes], value, whole, words)
    own = words.of(drawn.spec.finding) if drawn.spec.finding else ""
    said = (
        own.format(**facts)
        if own and blanks(own) <= facts.keys()
        else words("chart.yes", title=words.of(drawn.spec.title), when=drawn.when, **facts)
    )
    return " ".join([said, *_aside(drawn, 0, whole, words)])


def _facts(drawn: Drawing, name: str, value: int, whole: Value, words: Texts) -> dict[str, str]:
    """What the blanks of a sentence may hold."""
    facts = {
        "name": name,
        "name_lower": name[:1].lower() + name[1:],
        "value": words.number(value),
        "unit": drawn.unit.lower(),
        "period": drawn.period,
    }
    if isinstance(whole, int) and whole and value <= whole:
        facts |= {"whole": words.number(whole), "share": words.percent(value / whole)}
    return facts


def _aside(drawn: Drawing, top: int, whole: Value, words: Texts) -> list[str]:
    """What says little and is not small: as large as the largest answer, `top`, or a tenth of the whole. With 0 as `top`
    whatever there is of it is named."""
    if drawn.spec.color:
        return []
    least = min(top or 1, LARGE * whole) if isinstance(whole, int) else max(top, 1)
    found = {x: v for x in drawn.aside if x in drawn.xs and isinstance(v := drawn.values[x, TOTAL], int)}
    large = [words("chart.stayed", name=drawn.xs[x], now=words.number(v)) for x, v in found.items() if v and v >= least]
    return [words("chart.aside", list=listed(large, words))] if large else []


def _most(drawn: Drawing, whole: Value, words: Texts) -> str:
    """The most frequent code, or pair of codes, with its share of the whole; of the newest period, where it shows several."""
    over = list(drawn.series)[-1:] if drawn.spec.color == PERIOD else list(drawn.series)
    pairs = [(x, s) for x in drawn.xs for s in over if not {x, s} & {*drawn.aside}]
    known = {pair: v for pair in pairs if isinstance(v := drawn.values[pair], int)}
    if not known:
        return ""
    top = max(known.values())
    first = [pair for pair, v in known.items() if v == top]
    if top and len(first) <= TIED:
        held = any(drawn.values[pair] is WITHHELD for pair in pairs)
        return _leading(drawn, first, len(known), held, (top, whole), words)
    facts = {"when": drawn.when, "value": words.number(top), "unit": drawn.unit.lower()}
    return words("chart.tied" if top else "chart.zero", count=len(first), **facts)


def _leading(
    drawn: Drawing,
    first: Sequence[tuple[str, str]],
    known: int,
    held: bool,
    counts: tuple[int, Value],
    words: Texts,
) -> str:
    """The sentence on the codes, or pairs, that are `first` of `known` ones; `held`: others are withheld. `counts`: theirs, and
    that of the whole."""
    top, whole = counts
    single = TOTAL in drawn.series or drawn.spec.color == PERIOD
    names = [drawn.xs[x] if single else words("chart.pair", x=drawn.xs[x], series=drawn.series[s]) for x, s in first]
    facts = _facts(drawn, listed(names, words), top, whole, words)
    finding = _own_finding(drawn, first[0], facts, words) if not held and known > len(first) == 1 else ""
    if not finding:
        lead = f"chart.{_lead(known, held=held)}{'_tied' if len(first) > 1 else ''}"
        said = words("chart.of_whole" if "share" in facts else "chart.counted", **facts)
        finding = words("chart.finding", lead=words(lead, when=drawn.when), said=said)
    return " ".join([finding, *_aside(drawn, top, whole, words)])


def _own_finding(drawn: Drawing, most: tuple[str, str], facts: Mapping[str, str], words: Texts) -> str:
    """The institute's own sentence on the most frequent code, or pair of codes, where it has one that `facts` can fill."""
    own = words.of(drawn.spec.finding) if drawn.spec.finding else ""
    name, series = drawn.xs[most[0]], drawn.series[most[1]]
    known = {**facts, "name": name, "name_lower": _lower(name)}
    if TOTAL not in drawn.series and drawn.spec.color != PERIOD:
        known |= {"series": series, "series_lower": _lower(series)}
    return own.format(**known) if blanks(own) <= known.keys() else ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
