"""Reads the sentence of a chart and works out anew what it claims: which figure is the largest, what rose, what fell, shares.

What a sentence says of figures becomes inequalities between them; what it may not say (the largest of all, where some are
withheld; a month against another one than the same a year before) is a trouble.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model.cells import Figure
from pipeline.public.edition.model import PERIOD
from tests.reader.claims import at_least, between, minus, plus, ratio, total
from tests.reader.document import Number, count

if TYPE_CHECKING:
    from tests.reader.charts import Chart

SAYS_LITTLE = re.compile(r"^(no_especificad|no_aplica|no_valorad|otr[ao]s?(_analog[ao]s?)?$)")
OF_PERIOD = ("more", "fewer", "equal", "against", "part_then", "part", "level", "levels")
OF_ONE_TIME = ("yes", "tied", "zero", "finding")


@dataclass
class Sentence:
    """What is said of a chart."""

    chart: Chart
    text: str

    def __post_init__(self) -> None:
        self.book = self.chart.book
        self.words = self.book.meaning.words
        self.text = " ".join(self.text.replace("\u00a0", " ").split())

    def read(self) -> None:
        chart, text = self.chart, self.text
        plain = ("some", "nothing", "none", "no_figures", "no_year", "no_period")
        if text in {
            *(" ".join(self.words(f"chart.{key}").split()) for key in plain),
            self.book.meaning.title(chart.entry),
        }:
            return
        if chart.kind == "map":
            self._map()
            return
        for note in chart.entry.get("annotations", ()):
            text = text.partition(self.words("chart.broken", says=note["says"][self.words.language]))[0]
        before, aside, listed = text.partition(self.words("chart.aside", list="|").split("|")[0])
        self.text = before.strip()
        if aside:
            self.book.used.add("chart.aside")
            for said in self._items("chart.stayed", listed.rstrip("."), chart.xs):
                self.book.value("sentence", chart.grid[said["name"], chart.series[0]], said["now"])
                if not self._little(said["name"]):
                    self.book.trouble(f"{said['name']} is no answer that says little")
        if self._own():
            return
        for key in OF_PERIOD if chart.along == PERIOD else OF_ONE_TIME:
            told = self._timed(self.book.match(f"chart.{key}", self.text))
            if told and (key != "level" or count(told["now"]) is not None):
                getattr(self, f"_{key}")(told)
                return
        self.book.trouble(f"sentence: «{self.text}»")

    def _timed(self, told: dict[str, str] | None) -> dict[str, str] | None:
        """What a sentence tells, its time being one that there is: the words before it may be several. None where it is none."""
        periods = self.book.meaning.periods
        if told is None or "when" not in told or told["when"] in periods:
            return told
        words = f"{told.get('unit', '')} {told['when']}".split()
        for start in range(1, len(words)):
            if (when := " ".join(words[start:])) in periods and "unit" in told:
                return {**told, "when": when}
        return None

    # along time --------------------------------------------------------------------------------------------------

    def _newest(self, when: str) -> str:
        """What the chart calls the period of a sentence, which is the newest that it shows."""
        period = self.book.meaning.period(when)
        if period != self.chart.code(self.chart.along, self.chart.xs[-1]):
            self.book.trouble(f"sentence: {when} is not the newest")
        return self.words.short_period(period)

    def _same_a_year_before(self, when: str) -> tuple[str, str]:
        """What the chart calls the period of a sentence, and the same one a year before, which it shows too."""
        period = self.book.meaning.period(when)
        earlier = self.words.short_period(f"{int(period[:4]) - 1}{period[4:]}")
        if earlier not in self.chart.xs:
            self.book.trouble(f"sentence: {when} against {earlier}")
        return self._newest(when), earlier

    def _both(
        self, series: str, said: Mapping[str, str], period: str, before: str
    ) -> tuple[Figure | None, Figure | None]:
        now, then = self.chart.grid.get((period, series)), self.chart.grid.get((before, series))
        self.book.value("sentence", now, said["now"])
        if "then" in said:
            self.book.value("sentence", then, said["then"])
        return now, then

    def _way(self, way: str, now: Figure | None, then: Figure | None) -> None:
        if now is None or then is None:
            self.book.trouble(f"sentence: «{self.text}» compares with nothing")
            return
        more = plus(total([now]), minus(total([then])))
        rows = {
            "up": [at_least(more, 1)],
            "down": [at_least(minus(more), 1)],
            "same": list(between(more, 0, 0)),
        }[way]
        self.book.note("sentence", f"{way} {self.text}", rows)

    def _one(self, way: str, said: Mapping[str, str]) -> None:
        self._way(way, *self._both(self.chart.series[0], said, *self._same_a_year_before(said["when"])))

    def _more(self, said: Mapping[str, str]) -> None:
        self._one("up", said)

    def _fewer(self, said: Mapping[str, str]) -> None:
        self._one("down", said)

    def _equal(self, said: Mapping[str, str]) -> None:
        self._one("same", said)

    def _level(self, said: Mapping[str, str]) -> None:
        self.book.value(
            "sentence", self.chart.grid.get((self._newest(said["when"]), self.chart.series[0])), said["now"]
        )

    def _levels(self, said: Mapping[str, str]) -> None:
        for each in self._items("chart.stayed", said["list"], [name for _, name in self._field()]):
            self._both(each["name"], each, self._newest(said["when"]), "")

    def _against(self, said: Mapping[str, str]) -> None:
        """Every series that can be compared is told, on the side on which it belongs."""
        period, before = self._same_a_year_before(said["when"])
        grid, told = self.chart.grid, set[str]()
        ways: dict[str, list[str]] = {"up": [], "down": [], "same": []}
        for name in (name for _, name in self._field()):
            now, then = (self.chart.known(grid.get((code, name))) for code in (period, before))
            if now is not None and then is not None:
                ways["up" if now > then else "down" if now < then else "same"].append(name)
        for clause in said["list"].split("; "):
            if rest := self.book.match("chart.uncompared", clause):
                for each in self._items("chart.stayed", rest["list"], self.chart.series):
                    self._both(each["name"], each, period, "")
                continue
            told |= self._clause(clause, (period, before), ways)
        if told != {way for way, names in ways.items() if names}:
            self.book.trouble(f"sentence: «{self.text}» leaves out what went another way")

    def _clause(self, clause: str, periods: tuple[str, str], ways: Mapping[str, list[str]]) -> set[str]:
        """«suben a (de 1 a 2) y b (de 3 a 4)»."""
        for way in ("up", "down", "same"):
            for end in ("_most", "", "_one"):
                found = self.book.match(f"chart.{way}{end}", clause)
                key = "chart.stayed" if way == "same" else "chart.moved"
                listed = self._items(key, found["list"], self.chart.series, trouble=False) if found else []
                if not found or not listed or not all(each["name"] in ways[way] for each in listed):
                    continue
                for each in listed:
                    self._way(way, *self._both(each["name"], each, *periods))
                if end == "_most":
                    self.book.same("things", clause, int(found["count"]), len(ways[way]))
                    self.book.same("things", clause, int(found["of"]), sum(map(len, ways.values())))
                elif len(listed) != len(ways[way]):
                    self.book.trouble(f"sentence: «{clause}» is not all of them")
                return {way}
        self.book.trouble(f"sentence: «{clause}»")
        return set()

    def _part(self, said: Mapping[str, str]) -> None:
        """The largest of the parts of the newest period, with its share."""
        lead, when = self._led(said["lead"])
        newest = self._newest(when)
        self._share(self.chart.grid.get((newest, said["name"])), said, self.book.meaning.period(when))
        if lead != "only":
            self._most([(newest, said["name"])], shown=lead == "shown")

    def _part_then(self, said: Mapping[str, str]) -> None:
        self._part(said)
        _, earlier = self._same_a_year_before(self._led(said["lead"])[1])
        then = {key: said[f"{key}_then"] for key in ("value", "whole", "share")}
        self._share(self.chart.grid.get((earlier, said["name"])), then, self.book.meaning.period(earlier))

    def _led(self, lead: str) -> tuple[str, str]:
        """Of what a sentence on the largest speaks, with «_tied» where it is of several, and of when."""
        for kind in ("all_tied", "all", "shown_tied", "shown", "only"):
            told = self.book.match(f"chart.lead_{kind}", lead)
            if told and told["when"] in self.book.meaning.periods:
                return kind, told["when"]
        return "", ""

    # in one period -----------------------------------------------------------------------------------------------

    def _share(self, part: Figure | None, said: Mapping[str, str], period: str) -> None:
        entry = self.chart.entry
        whole = self.book.meaning.figure(entry["table"], entry["measure"], period, entry.get("where", {}))
        self.book.value("sentence", part, said["value"])
        if "whole" in said:
            self.book.value("sentence", whole, said["whole"])
        if "share" in said and part is not None and whole is not None:
            number = Number.percent(said["share"])
            self.book.note("share", said["share"], ratio(total([part]), total([whole]), number.low, number.high))

    def _little(self, x: str) -> bool:
        return bool(SAYS_LITTLE.match(self.chart.code(self.chart.along, x)))

    def _field(self) -> list[tuple[str, str]]:
        """What is compared: without the answers that say little; of several periods the newest."""
        over = self.chart.series[-1:] if self.chart.across == PERIOD else self.chart.series
        if self.chart.along == PERIOD:
            return [
                (self.chart.xs[-1], s) for s in over if not SAYS_LITTLE.match(self.chart.code(self.chart.across, s))
            ]
        little = {s for s in over if self.chart.across and SAYS_LITTLE.match(self.chart.code(self.chart.across, s))}
        return [(x, s) for x in self.chart.xs for s in over if not self._little(x) and s not in little]

    def _name(self, pair: tuple[str, str]) -> str:
        single = not self.chart.across or self.chart.across == PERIOD
        return pair[0] if single else self.words("chart.pair", x=pair[0], series=pair[1])

    def _most(self, pairs: Iterable[tuple[str, str]], *, shown: bool) -> None:
        """None of the others is larger; where one of them is withheld, the sentence may speak of what is shown only."""
        named, grid = list(pairs), self.chart.grid
        if any(pair not in self._field() for pair in named):
            self.book.trouble(f"sentence: «{self.text}» names an answer that says little")
        first = grid[named[0]]
        held = False
        for pair in self._field():
            figure = grid[pair]
            if figure is None:
                continue
            if self.chart.known(figure) is None:
                held = True
            elif first is not None and figure != first:
                least = 0 if pair in named else 1
                self.book.note("sentence", self.text, [at_least(plus(total([first]), minus(total([figure]))), least)])
        if held != shown:
            self.book.trouble(f"sentence: «{self.text}» of figures of which some are{'' if held else ' not'} withheld")

    def _finding(self, said: Mapping[str, str]) -> None:
        lead, when = self._led(said["lead"])
        told = self._counted("chart.of_whole", said["said"]) or self._counted("chart.counted", said["said"])
        if not lead or not told or self.book.meaning.period(when) != self.chart.period:
            self.book.trouble(f"sentence: «{self.text}»")
            return
        labels = {self._name(pair): pair for pair in self.chart.grid}
        pairs = [labels[name] for name in self._names(told["name"], labels)]
        for pair in pairs:
            self._share(self.chart.grid[pair], told, self.chart.period)
        if pairs and lead != "only":
            self._most(pairs, shown=lead.startswith("shown"))
        if (len(pairs) > 1) != lead.endswith("_tied"):
            self.book.trouble(f"sentence: «{self.text}» of a tie")

    def _counted(self, key: str, text: str) -> dict[str, str]:
        """The blanks of a claim, its numbers being numbers: a label may hold commas."""
        number = {"value": "[0-9,]+", "whole": "[0-9,]+", "share": "[0-9.]+ ?%"}
        pattern = "".join(
            re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>{number.get(piece, '.+')})"
            for place, piece in enumerate(re.split(r"{(\w+)}", self.words.words[key].replace("\u00a0", " ")))
        )
        found = re.fullmatch(pattern, text)
        self.book.used |= {key} if found else set()
        return found.groupdict() if found else {}

    def _yes(self, said: Mapping[str, str]) -> None:
        answers = {self.chart.code(self.chart.along, x): x for x in self.chart.xs}
        self._share(self.chart.grid.get((answers.get("si", ""), self.chart.series[0])), said, self.chart.period)

    def _tied(self, said: Mapping[str, str]) -> None:
        values = [v for pair in self._field() if (v := self.chart.known(self.chart.grid[pair])) is not None]
        first = [pair for pair in self._field() if self.chart.known(self.chart.grid[pair]) == max(values)]
        self.book.same("things", self.text, int(said["count"]), len(first))
        for pair in first:
            self.book.value("sentence", self.chart.grid[pair], said["value"])

    def _zero(self, said: Mapping[str, str]) -> None:
        for pair in self._field():
            if self.chart.known(self.chart.grid[pair]) is not None:
                self.book.value("sentence", self.chart.grid[pair], "0")

    def _own(self) -> bool:
        """The institute's own words: of the answer yes, or of the largest of figures that are all published."""
        own = self.chart.entry.get("finding", {}).get(self.words.language, "")
        pattern = "".join(
            re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>.+?)"
            for place, piece in enumerate(re.split(r"{(\w+)}", own))
        )
        found = re.fullmatch(pattern, self.text) if own else None
        if found is None:
            return False
        said = found.groupdict()
        answers = {self.chart.code(self.chart.along, x): x for x in self.chart.xs}
        if "si" in answers:
            self._yes(said)
            return True
        lower = {x[:1].lower() + x[1:]: x for x in self.chart.xs}
        x = said["name"] if "name" in said else lower.get(said["name_lower"], "")
        low = {s[:1].lower() + s[1:]: s for s in self.chart.series}
        s = said["series"] if "series" in said else low.get(said.get("series_lower", ""), self.chart.series[0])
        if (x, s) not in self.chart.grid:
            return False
        self._share(self.chart.grid[x, s], said, self.chart.period)
        self._most([(x, s)], shown=False)
        return True

    # maps --------------------------------------------------------------------------------------------------------

    def _map(self) -> None:
        chart = self.chart
        if " ".join(self.text.split()[:2]) in self.words("map.no_people"):
            return
        key = next((k for k in ("all", "some", "one") if self.book.match(f"map.finding_{k}", self.text)), "all")
        said = self.book.matched(f"map.finding_{key}", self.text)
        zones = list(json.loads(chart.node.attrs["data-outlines"])["zones"])
        rated = {zone: chart.rated(zone) for zone in zones}
        shown = {z: v for z, t in rated.items() if t is not None and (v := self.book.meaning.number(t)) is not None}
        if said and self.book.meaning.period(said["when"]) != chart.period:
            self.book.trouble(f"sentence: «{self.text}» of another period")
        if said and (key == "all") != (len(shown) == len(zones)):
            self.book.trouble(f"sentence: «{self.text}» of some zones")
        for which, number, end in (("most", "high", max), ("least", "low", min)):
            if which not in said:
                continue
            names = self._names(said[which], zones)
            for zone in names:
                chart.shade("sentence", zone, said[number])
            if shown and sorted(names) != sorted(z for z, v in shown.items() if v == end(shown.values())):
                self.book.trouble(f"sentence: «{self.text}» names other zones")

    # lists -------------------------------------------------------------------------------------------------------

    def _joints(self) -> list[str]:
        self.book.used |= {"chart.and", "chart.comma"}
        return [re.sub(r"{\w+}", "", self.words.words[key]) for key in ("chart.and", "chart.comma")]

    def _names(self, text: str, known: Iterable[str]) -> list[str]:
        """The names of a list; none of them where anything else stands in it."""
        either = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        rest, found = re.sub(either, "\0", text), re.findall(either, text)
        if re.sub("|".join(map(re.escape, self._joints())), "", rest).strip("\0"):
            self.book.trouble(f"sentence: «{text}»")
            return []
        return found

    def _items(self, key: str, text: str, known: Iterable[str], *, trouble: bool = True) -> list[dict[str, str]]:
        """The items of a list, each in the words of a key; none of them where anything else stands in it."""
        either = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        pattern = "".join(
            re.escape(piece) if place % 2 == 0 else f"(?P<{piece}>{either if piece == 'name' else '[0-9,]+'})"
            for place, piece in enumerate(re.split(r"{(\w+)}", self.words.words[key]))
        )
        found = [match.groupdict() for match in re.finditer(pattern, text)]
        rest = re.sub("|".join(map(re.escape, self._joints())), "", re.sub(pattern, "", text))
        if rest.strip() or any(count(each["now"]) is None for each in found):
            if trouble:
                self.book.trouble(f"sentence: «{text}»")
            return []
        self.book.used.add(key)
        return found
