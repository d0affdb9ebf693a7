"""Reads a page of the site: its charts, cards, goals, tables, counts; and finds the numbers that nobody has read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise

from pipeline.model import periods
from pipeline.model.cells import TOTAL, Figure
from pipeline.public.edition.model import PERIOD, Package
from tests.reader.charts import PIXEL, Chart
from tests.reader.claims import Linear, at_least, between, minus, plus, ratio, times, total
from tests.reader.document import WITHHELD, Node, Number, count, parse
from tests.reader.meaning import Entry
from tests.reader.notebook import Notebook, template
from tests.reader.picture import trace
from tests.reader.sentences import Sentence
from tests.reader.sweep import Sweep

SPARK_HEIGHT, SPARK_ROOM = 30.0, 26.0
"""Where zero stands in the small line of a card, and how far above it the largest value."""


def read(html: str, book: Notebook) -> None:
    """Everything on a page. `book.place`: its address below the site."""
    root = parse(html)
    for figure in root.all("figure", "chart"):
        if entry := book.meaning.charts.get(figure.attrs.get("data-id", "")):
            over = [
                node for node in root.walk() if node.tag in ("h1", "h2", "h3") and node.attrs.get("id") == entry["id"]
            ]
            Chart(figure, entry, book).read(over)
            _cited(root, Chart(figure, entry, book))
    for card in root.all("section", "card"):
        Card.of(card.attrs["id"].removeprefix("kpi-"), book).card(card)
    for node in root.walk():
        if node.attrs.get("id") == "cambios":
            _changes_of_cards(node, book)
    for answers in root.all("dl", "answers"):
        _answers(answers, book)
    for table in root.all("table"):
        _table(table, book)
    for sheet in root.all("details", "sheet"):
        _sheet(sheet, book)
    _counts(root, book)
    Sweep(book).page(root)


def _cited(root: Node, chart: Chart) -> None:
    """The sentence of a chart in the words that cite it."""
    for node in root.walk():
        if node.attrs.get("id") == "kept-cite" and (said := chart.book.matched("kept.citation", node.text)):
            Sentence(chart, said["sentence"]).read()
            chart.book.done(node)


# cards ---------------------------------------------------------------------------------------------------------------


class Card:
    """An entry of `kpis`: a count, or the share of one in another."""

    def __init__(self, entry: Entry, book: Notebook) -> None:
        self.entry, self.book, self.meaning = entry, book, book.meaning

    @classmethod
    def of(cls, name: str, book: Notebook) -> Card:
        return cls(book.meaning.cards[name], book)

    @classmethod
    def titled(cls, title: str, book: Notebook) -> Card:
        return cls(next(e for e in book.meaning.cards.values() if book.meaning.title(e) == title), book)

    def part(self, period: str) -> Linear | None:
        return self.meaning.sum(self.entry["table"], self.entry["measure"], period, self.entry.get("where", {}))

    def whole(self, period: str) -> Linear | None:
        return self.meaning.sum(self.entry["table"], self.entry["measure"], period, self.entry["share"])

    @property
    def shared(self) -> bool:
        return "share" in self.entry

    def value(self, kind: str, period: str, text: str) -> None:
        """Its figure in a period."""
        part = self.part(period)
        if text in (WITHHELD, "–"):
            return
        number = count(text)
        if part is None or (self.shared and self.whole(period) is None) or (number is None) != self.shared:
            self.book.trouble(f"{kind}: {period} «{text}»")
        elif self.shared:
            told = Number.percent(text)
            self.book.note(kind, text, ratio(part, self.whole(period) or {}, told.low, told.high))
        else:
            self.book.note(kind, text, between(part, number or 0, number or 0))

    def change(self, text: str, period: str, earlier: str) -> None:
        """What it changed by from one period to another: a part of what it was, points of a share, or a difference."""
        if text in (WITHHELD, "–"):
            return
        now, then = self.part(period), self.part(earlier)
        points = self.book.match("kpi.points", text)
        if now is None or then is None:
            self.book.trouble(f"change: {earlier} «{text}»")
        elif points:
            wholes = [self.meaning.number(self.whole(code) or {}) for code in (period, earlier)]
            if not all(wholes):
                self.book.trouble(f"points of a whole that is not told: {text}")
                return
            told = Number.of(points["points"], 0, scale=100)
            shares = plus(times(now, 1 / Fraction(wholes[0] or 1)), times(minus(then), 1 / Fraction(wholes[1] or 1)))
            self.book.note("points", text, between(shares, told.low, told.high))
        elif "%" in text:
            told = Number.percent(text)
            self.book.note("change", text, ratio(now, then, 1 + told.low, 1 + told.high))
        else:
            told = Number.of(text, int(Number.of(text).value))
            self.book.note("change", text, between(plus(now, minus(then)), told.value, told.value))

    def against(self, text: str, period: str) -> None:
        if said := self.book.matched("kpi.against", text):
            self.change(said["change"], period, self.meaning.period(said["period"]))

    def period(self, text: str) -> str:
        said = self.book.match("kpi.to_date", text) or self.book.match("kpi.provisional", text)
        return self.meaning.period(said["period"] if said else text)

    def card(self, node: Node) -> None:
        unit = node.first("span", "card__unit")
        pieces = [" ".join(piece.split()) for piece in unit.inside if isinstance(piece, str)]
        if pieces[-1] != self.meaning.words("files.no_rows"):
            period = self.period(pieces[-1])
            self.value("card", period, node.first("span", "card__number").text)
            self.of_whole(pieces[0], period)
            for line in node.all("p", "change"):
                self.against(line.text, period)
                self.book.done(line)
        self.book.done(node.first("span", "card__number"), unit)
        for svg in node.all("svg", "spark"):
            self.spark(svg)
            self.book.done(svg)

    def of_whole(self, text: str, period: str) -> None:
        """«de 1,234 acompañamientos»."""
        told = template(self.meaning.words, "kpi.share_of").fullmatch(text)
        if told and self.shared:
            self.book.used.add("kpi.share_of")
            whole = self.whole(period)
            if count(told["whole"]) is not None and whole is not None:
                number = count(told["whole"]) or 0
                self.book.note("whole of a card", text, between(whole, number, number))

    def scaled(self, period: str) -> tuple[Linear | None, Fraction]:
        """What is drawn of a period, and how far it may be off: of a share, thousandths, rounded."""
        part = self.part(period)
        if not self.shared or part is None:
            return part, Fraction(0)
        whole = self.meaning.number(self.whole(period) or {})
        return (times(part, 1000 / whole) if whole else None), Fraction(1, 2)

    def spark(self, svg: Node) -> None:
        """The small line of a card, quarter by quarter; each is so many of the highest."""
        table = self.meaning.newest.tables[self.entry["table"]]
        codes = [str(code) for code in self.meaning.newest.codes[PERIOD].sort_values("order")["code"]]
        present = set(table.frame[PERIOD])
        quarters = [c for c in codes if c in present and periods.level_of(c) == periods.QUARTER][-12:]
        step = 124 / (len(quarters) - 1)
        drawn: dict[str, float] = {}
        points = [point for path in svg.all("path") for run in trace(path.attrs["d"]) for point in run]
        points += [(float(dot.attrs["cx"]), float(dot.attrs["cy"])) for dot in svg.all("circle")]
        for x, y in points:
            place = round((x - 4) / step)
            if y < SPARK_HEIGHT + PIXEL and abs(4 + place * step - x) < 0.2:
                drawn[quarters[place]] = y
            elif y < SPARK_HEIGHT + PIXEL:
                self.book.trouble(f"a point beside the quarters: {x}")
        known = {q: v for q in drawn if (t := self.scaled(q)[0]) and (v := self.meaning.number(t)) is not None}
        if not known:
            return
        best = max(known, key=lambda q: known[q])
        reach = SPARK_HEIGHT - drawn[best]
        self.book.counts.add("axis of a spark")
        for quarter, y in drawn.items():
            (terms, off), (most, _) = self.scaled(quarter), self.scaled(best)
            if quarter == best or reach <= PIXEL or most is None:
                continue
            if terms is None:
                self.book.trouble(f"a point of a spark that nobody can tell: {quarter}")
                continue
            low, high = (Fraction((SPARK_HEIGHT - y + e) / (reach - e)) for e in (-PIXEL, PIXEL))
            slack = off * (1 + high)
            rows = [
                at_least(plus(terms, minus(times(most, low))), -slack),
                at_least(plus(times(most, high), minus(terms)), -slack),
            ]
            self.book.note("spark", f"{quarter} at {y}", rows)
        if min(drawn.values()) > 4 + PIXEL:
            self._beyond(known[best] * Fraction(SPARK_ROOM / reach), [q for q in quarters if q not in known])

    def _beyond(self, end: Fraction, held: list[str]) -> None:
        """The line ends below the top of its box: something larger was to be drawn."""
        told = [(q, terms) for q in held if (terms := self.scaled(q)[0]) is not None]
        for quarter, terms in told:
            low = end * Fraction(99, 100) if len(told) == 1 else Fraction(0)
            self.book.note("axis of a spark", quarter, between(terms, low, end * Fraction(101, 100)))
        if not told:
            self.book.trouble("a spark that does not reach the top")


def _changes_of_cards(node: Node, book: Notebook) -> None:
    """The table of changes: a row per card, with its year, its quarter and what they are compared with."""
    for row in node.first("tbody").all("tr"):
        head, *cells = (cell for cell in row.inside if isinstance(cell, Node))
        card = Card.titled(head.first("a").text, book)
        told = [([s.text for s in c.all("small")], "".join(c.first("b").pieces()) if c.all("b") else "") for c in cells]
        (year, *against), value = told[0]
        if year != book.meaning.words("files.no_rows"):
            period = card.period(year)
            card.value("card", period, value)
            card.of_whole(head.first("small").text, period)
            for text in against:
                card.against(text, period)
        if told[1][0]:
            quarter = book.meaning.period(told[1][0][0])
            card.value("quarter of a card", quarter, told[1][1])
            for cell, (small, _) in zip(cells[2:], told[2:], strict=True):
                change = " ".join("".join(piece for piece in cell.inside if isinstance(piece, str)).split())
                if small and (said := book.matched("kpi.than", small[0])):
                    card.change(change, quarter, book.meaning.period(said["period"]))
    book.done(node)


def _newest(book: Notebook, table: str) -> str:
    """The newest year of a table, or year to date."""
    frame = book.meaning.newest.tables[table].frame
    codes = [str(c) for c in book.meaning.newest.codes[PERIOD].sort_values("order")["code"] if c in set(frame[PERIOD])]
    levels = ({periods.YEAR, periods.TO_DATE}, {periods.QUARTER}, {periods.MONTH})
    return next(found[-1] for level in levels if (found := [c for c in codes if periods.level_of(c) in level]))


def _answers(node: Node, book: Notebook) -> None:
    """The first screen: lines that are a figure, the largest share, or all shares."""
    meaning = book.meaning
    for line in node.all("div"):
        text, link = line.first("dt").text, line.first("a")
        big = " ".join("".join(piece for piece in link.inside if isinstance(piece, str)).split())
        for entry in meaning.plan.site.get("first_screen", ()):
            says = meaning.words.of(entry["says"])
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(says))
            said = re.fullmatch(pattern, text)
            if said and _table_of(link, book) == entry["table"]:
                answer(entry, said.groupdict(), big, book)
                book.done(line)
                break


def answer(entry: Entry, said: Mapping[str, str], big: str, book: Notebook) -> None:
    meaning, where = book.meaning, entry.get("where", {})
    period = meaning.period(said["period"]) if "period" in said else _newest(book, entry["table"])
    whole = meaning.figure(entry["table"], entry["measure"], period, where)
    if "dimension" not in entry or "parts" in said:
        book.value("answer", whole, big)
    if "dimension" not in entry:
        return
    chart = {**entry, "where": where}
    labels = {_lower(label): code for label, code in meaning.drawn(chart, entry["dimension"]).items()}
    shares = (
        [(b, a) for a, b in re.findall(r"([\d.]+\s?%|\[c\]) (.+?)(?=, [\d[]|$)", said["parts"])]
        if "parts" in said
        else [(_lower(said.get("top_lower") or said["top"]), big)]
    )
    figures: list[tuple[str, Figure | None]] = []
    for label, text in shares:
        part = meaning.figure(
            entry["table"], entry["measure"], period, {**where, entry["dimension"]: labels.get(label, "")}
        )
        figures.append((text, part))
        if text == WITHHELD:
            continue
        if part is None or whole is None:
            book.trouble(f"answer: {text} {label}")
            continue
        number = Number.percent(text)
        book.note("share", f"{text} {label}", ratio(total([part]), total([whole]), number.low, number.high))
    held = [text == WITHHELD for text, _ in figures]
    book.counts.add("order of the answers")
    if held != sorted(held):  # what is withheld stands last, in the order of its list
        for (_, more), (_, less) in pairwise(figures):
            if more and less:
                book.note("order", "answers", [at_least(plus(total([more]), minus(total([less]))), 0)])


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


# tables --------------------------------------------------------------------------------------------------------------


def _table_of(link: Node, book: Notebook) -> str:
    """The published table that a link leads to."""
    name = link.attrs.get("href", "").partition("#")[0].removesuffix(".html").rpartition("/")[2]
    at = {book.meaning.plan.address(f"tablas/{t}").rpartition("/")[2]: t for t in book.meaning.newest.tables}
    return at.get(name, "")


def _table(node: Node, book: Notebook) -> None:
    captions = node.all("caption")
    caption = captions[0].text if captions else ""
    words = book.meaning.words
    if "data--full" in node.classes:
        _whole_table(node, book)
    elif caption == words("goals.title"):
        _goals(node, book)
    elif caption == words("method.withheld"):
        _method(node, book)
    elif book.match("quality.rows", caption) or caption in (words("quality.by_rule"), words("quality.recoded")):
        _quality(node, caption, book)
    else:
        for catalogue in book.meaning.newest.catalogues.values():
            if caption == words.of(catalogue.title):
                _catalogue(node, [dict(row) for row in catalogue.rows], book)


def _whole_table(node: Node, book: Notebook) -> None:
    """A published table, period by period: its rows in the order of its file."""
    meaning = book.meaning
    table = meaning.newest.tables[_table_of(Node("a", {"href": book.place}), book)]
    axes = [name for name in table.names if name != PERIOD]
    labels = {axis: {TOTAL: meaning.words("table.total"), **meaning.labels(table.id, axis)} for axis in axes}
    told = 0
    for body in node.all("tbody"):
        head, *rows = body.all("tr")
        period = meaning.period(head.text)
        frame = table.frame[table.frame[PERIOD] == period]
        keys = (
            list(zip(*(frame[axis].astype(str).tolist() for axis in axes), strict=True)) if axes else [()] * len(frame)
        )
        if len(keys) != len(rows):
            book.trouble(f"{period}: {len(rows)} rows, not {len(keys)}")
            continue
        told += len(rows)
        for row, key in zip(rows, keys, strict=True):
            texts = [cell.text for cell in row.inside if isinstance(cell, Node)]
            where = dict(zip(axes, key, strict=True))
            said = [" ".join(labels[axis][code].split()) for axis, code in where.items()]
            if axes and texts[: len(axes)] != said:
                book.trouble(f"{period}: a row of {texts[: len(axes)]}, not of {said}")
            for measure, text in zip(table.measures, texts[-len(table.measures) :], strict=True):
                book.value("table", meaning.figure(table.id, measure, period, where), text)
    book.same("rows", str(told), told, len(table.frame))
    book.done(node)


def _goals(node: Node, book: Notebook) -> None:
    """Goals against results, a row per indicator, a column per year or year to date."""
    told = [book.meaning.period(head.text) for head in node.first("thead").all("th")[1:]]
    for row in node.first("tbody").all("tr"):
        card = Card.titled(row.first("a").text, book)
        for code, cell in zip(told, row.all("td"), strict=True):
            _goal(card, code, cell, book)
            card.of_whole(row.first("small").text, code)
    book.done(node)


def _goal(card: Card, code: str, cell: Node, book: Notebook) -> None:
    """A goal and a result: what of the goal was reached is the result over the goal."""
    meant = book.meaning.newest.catalogues[book.meaning.plan.site["goals"]].where(
        anio=code[:4], indicador=card.entry["id"]
    )
    if cell.text == "–":
        book.same("goal", cell.text, meant, None)
        return
    said = book.matched("goals.of", cell.first("small").text)
    goal, share = said.get("goal", ""), said.get("share", "")
    number = int(meant["meta"]) if meant is not None else None
    book.same("goal", goal, number, count(goal))
    card.value("result", code, cell.first("b").text)
    part = card.part(code)
    if "%" in share and part is not None and number:
        told = Number.percent(share)
        book.note("goal", share, between(part, told.low * number, told.high * number))
    elif share not in (WITHHELD, "–"):
        book.trouble(f"goal: «{share}»")


def tally(package: Package, table: str) -> tuple[int, int]:
    """Cells of a table, and withheld ones."""
    frame = package.tables[table].frame
    return len(frame), int((frame["obs_status"] == "Q").sum())


def revised(now: Package, then: Package | None, table: str) -> int:
    """Figures that two editions show and that differ."""
    if then is None or table not in then.tables:
        return 0
    names, measures = now.tables[table].names, now.tables[table].measures
    both = [p.tables[table].frame.set_index(names)[list(measures)] for p in (now, then)]
    common = both[0].index.intersection(both[1].index)
    new, old = (frame.loc[common] for frame in both)
    return int((new.notna() & old.notna() & (new != old).fillna(False)).to_numpy().sum())


def _method(node: Node, book: Notebook) -> None:
    packages = book.meaning.packages
    before = packages[-2] if len(packages) > 1 else None
    for row in node.first("tbody").all("tr"):
        table = _table_of(row.first("a"), book)
        cells, withheld = tally(book.meaning.newest, table)
        texts = [cell.text for cell in row.all("td")]
        hidden, _, share = texts[1].partition(" ")
        book.same("cells", texts[0], count(texts[0]), cells)
        book.same("withheld", hidden, count(hidden), withheld)
        _share(share, withheld, cells, book)
        book.same("revised", texts[2], count(texts[2]), revised(book.meaning.newest, before, table))
    book.done(node)


def _share(text: str, part: int, whole: int, book: Notebook) -> None:
    """A share of cells."""
    told = Number.percent(text)
    book.same("share of cells", text, True, told.low <= Fraction(part, max(whole, 1)) <= told.high)


def _ranges(book: Notebook) -> Iterator[str]:
    """Every range of counts that the edition tells of its records, as the page writes it."""
    block = book.meaning.newest.release.get("quality") or {}
    base, words = block.get("rounded_to", 0), book.meaning.words
    yield words("quality.withheld")
    yield words("files.no_rows")

    def said(value: int, more: int = 0) -> str:
        least, most = max(0, value - base // 2) + more, value + (base + 1) // 2 - 1 + more
        if not least:
            return words("quality.fewer", count=f"{most + 1:,}")
        return words("quality.between", least=f"{least:,}", most=f"{most:,}")

    for name, told in block.get("records", {}).items():
        for value in (e.get("rows", e.get("values")) for e in (*told["rules"], *told["recoded"])):
            yield said(value)
        accepted = _accepted(book, name)
        if accepted is not None:
            yield f"{accepted:,}"
        if told["refused"] is not None:
            yield said(told["refused"])
            if accepted is not None:
                yield said(told["refused"], accepted)


def _accepted(book: Notebook, records: str) -> int | None:
    """The records of a type that the tables count, from the years and the quarters of the year that is open."""
    best: tuple[int, int | None] = (0, None)
    for table in book.meaning.newest.tables.values():
        if table.records != records or table.where or table.rows not in table.measures:
            continue
        totals = {
            p: f for p in set(table.frame[PERIOD]) if (f := book.meaning.figure(table.id, table.rows, str(p), {}))
        }
        for levels in (
            (periods.YEAR, periods.TO_DATE),
            (periods.YEAR, periods.QUARTER),
            (periods.QUARTER,),
            (periods.MONTH,),
        ):
            years = {p for p in totals if periods.level_of(p) == periods.YEAR and periods.YEAR in levels}
            chosen = [p for p in totals if periods.level_of(p) in levels and (p in years or p[:4] not in years)]
            months = {m for p in chosen for m in periods.months_of(p)}
            values = [book.meaning.values[totals[p]] for p in chosen]
            if len(months) > best[0] and None not in values:
                best = len(months), sum(v for v in values if v is not None)
    return best[1]


def _quality(node: Node, caption: str, book: Notebook) -> None:
    """What became of the records: nothing but the ranges of release.json, which the audit judges."""
    told, last = set(_ranges(book)), 3 if book.match("quality.rows", caption) else 1
    for row in node.first("tbody").all("tr"):
        for cell in row.all("td")[-last:]:
            book.same("records", cell.text, True, cell.text in told)
    for key in ("quality.fewer", "quality.between"):
        if any(template(book.meaning.words, key).fullmatch(c.text) for c in node.all("td")):
            book.used.add(key)
    book.done(node)


def _catalogue(node: Node, rows: list[dict[str, str]], book: Notebook) -> None:
    """The rows of a catalogue: each of its numbers stands in the row of the file."""
    shown = node.first("tbody").all("tr")
    if len(shown) != len(rows):
        book.trouble("the rows are not those of the catalogue")
        return
    sweep = Sweep(book)
    for row, told in zip(shown, rows, strict=True):
        own = set(re.findall(r"\d+(?:\.\d+)?", " ".join(told.values()).replace(",", "")))
        for cell in (cell for cell in row.inside if isinstance(cell, Node)):
            numbers = [n.replace(",", "").lstrip("+-−") for n in sweep.left(cell.text)]
            if any(n not in own for n in numbers):
                book.trouble(f"catalogue: «{cell.text}»")
    book.counts.add("catalogue")
    book.done(node)


def _sheet(node: Node, book: Notebook) -> None:
    """A service: how often it was given."""
    meaning = book.meaning
    code = node.first("h3").attrs["id"]
    for link in node.all("a"):
        said = book.match("sheets.figures", link.text) if _table_of(link, book) else None
        if said is None:
            continue
        table = meaning.newest.tables[_table_of(link, book)]
        axis = next(name for name in table.names if name != PERIOD)
        rest = said["counted"]
        for measure, title in meaning.measures(table.id).items():
            text = rest.partition(f" {title.lower()}")[0]
            rest = rest[len(text) + len(title) + 3 :]
            book.value("sheet", meaning.figure(table.id, measure, meaning.period(said["period"]), {axis: code}), text)
        book.done(link)


# counts --------------------------------------------------------------------------------------------------------------


def _counts(root: Node, book: Notebook) -> None:
    """Sentences that count cells, tables and rows."""
    newest = book.meaning.newest
    table = _table_of(Node("a", {"href": book.place}), book) if "tablas/" in book.place else ""
    for node in root.all("dd"):
        if table and withheld_of(table, node.text, book):
            book.done(node)
    for item in root.all("li"):
        if item.all("a") and item.all("span") and (name := _table_of(item.first("a"), book)):
            if said := book.match("tables.counts", item.all("span")[-1].text):
                told = (count(said["cells"]), count(said["withheld"]))
                book.same("cells", item.text, told, tally(newest, name))
                book.done(item.all("span")[-1])
        elif changed(item.text, book):
            book.done(item)
    _limits(root, book)
    _headlines(root, book)
    sizes = {len(newest.tables), *(len(p.tables) for p in book.meaning.packages)}
    sizes |= {sum(t.records == r for t in newest.tables.values()) for r in {t.records for t in newest.tables.values()}}
    lists = {len(frame) for frame in newest.codes.values()}
    rows = {len(catalogue.rows) for catalogue in newest.catalogues.values()}
    for node in root.all("summary"):
        text = " ".join("".join(p if isinstance(p, str) else "" for p in node.inside).split())
        keys = {
            "tables.each": sizes,
            "method.each": sizes,
            "open_data.files": sizes,
            "edition.charts": {
                sum("graficas/" in a.attrs.get("href", "") for d in root.all("details") for a in d.all("a"))
            },
            "catalogues.codes": lists,
            "catalogues.rows": rows,
        }
        for key, sure in keys.items():
            if said := book.match(key, text):
                book.same("things", text, True, count(said["count"]) in sure)
                book.done(node)


def _headlines(root: Node, book: Notebook) -> None:
    """The sentences that an edition opens with: each is the one on the page of its chart, where it is read (see
    test_an_edition_opens_with_the_sentences_of_its_charts); and how many figures of a chart's table were revised."""
    for item in (item for item in root.all("li") if "data-chart" in item.attrs):
        book.done(item.first("span"))
    for node in root.all("p"):
        if said := book.match("kept.revised", node.text.partition(".")[0] + "."):
            known = {int(t.get("revised", 0)) for t in book.meaning.newest.release["tables"].values()}
            book.same("revised", node.text, True, count(said["count"]) in known)
            book.done(node)


def withheld_of(table: str, text: str, book: Notebook) -> bool:
    """What is withheld of a table, and below which number; whether a text tells it."""
    said = book.match("table.withheld", text.replace(book.meaning.words("table.zeros"), "").strip())
    if said is None:
        return False
    cells, withheld = tally(book.meaning.newest, table)
    book.same("cells", said["cells"], count(said["cells"]), cells)
    book.same("withheld", said["withheld"], count(said["withheld"]), withheld)
    _share(said["share"], withheld, cells, book)
    book.same("threshold", said["threshold"], count(said["threshold"]), book.meaning.newest.tables[table].threshold)
    return True


def _limits(root: Node, book: Notebook) -> None:
    """Sentences that tell how counts of records are protected."""
    block = book.meaning.newest.release.get("quality") or {}
    limits = {"least": block.get("threshold"), "base": block.get("rounded_to")}
    method = book.meaning.words("edition.method")
    for node in root.all("p"):
        if said := book.match("edition.why", node.text.removesuffix(method)):
            book.same(
                "threshold", node.text, count(said["threshold"]), book.meaning.plan.facts["disclosure"]["threshold"]
            )
            book.done(node)
        for key in ("quality.by_rule_note", "quality.no_rule", "quality.no_recoded", "quality.safe_text"):
            if said := book.match(key, node.text):
                for name, text in said.items():
                    book.same("limit", text, count(text), limits[name])
                book.done(node)


def changed(text: str, book: Notebook) -> bool:
    """A line that tells what an edition changed; whether it is one."""
    packages = book.meaning.packages
    pairs = list(zip([None, *packages], packages, strict=False))
    if said := book.match("changes.withheld", text):
        told = count(said["withheld"]), count(said["cells"])
        tallies = [tuple(sum(tally(p, t)[n] for t in p.tables) for n in (1, 0)) for p in packages]
        book.same("withheld", text, True, told in tallies)
        _share(said["share"], told[0] or 0, told[1] or 0, book)
    elif said := book.match("changes.revised", text):
        sums = {sum(revised(now, then, t) for t in now.tables) for then, now in pairs}
        book.same("revised", text, True, count(said["count"]) in sums)
    elif said := book.match("changes.now_withheld", text) or book.match("changes.now_shown", text):
        sums = {n for then, now in pairs if then for n in turned(now, then)}
        book.same("turned", text, True, count(said["count"]) in sums)
    else:
        return False
    return True


def turned(now: Package, then: Package) -> tuple[int, int]:
    """Cells that are withheld now and were not, and the other way round."""
    found = [0, 0]
    for name in now.tables.keys() & then.tables.keys():
        names = now.tables[name].names
        new, old = (p.tables[name].frame.set_index(names)["obs_status"] == "Q" for p in (now, then))
        common = new.index.intersection(old.index)
        found[0] += int((new.loc[common] & ~old.loc[common]).sum())
        found[1] += int((~new.loc[common] & old.loc[common]).sum())
    return found[0], found[1]
