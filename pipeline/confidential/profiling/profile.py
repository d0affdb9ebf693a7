"""Files of an office → profiles of their record types, in which nothing is named that is rare or looks like somebody.

In: paths and the threshold. Out: one `Profile` per record type. Raises PipelineError("records") with every file that cannot be read.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from pipeline.confidential.intake import direct_identifiers as identities
from pipeline.confidential.intake import notation
from pipeline.confidential.intake.formats.table import Unreadable
from pipeline.confidential.intake.notation import DAY_FIRST, MONTH_FIRST
from pipeline.confidential.intake.recode import NO, YES
from pipeline.confidential.profiling import sheets, united
from pipeline.confidential.profiling.names import is_name, is_shaped, is_titled
from pipeline.confidential.profiling.sheets import Database
from pipeline.confidential.profiling.united import Column, Group, squashed
from pipeline.confidential.storage.arrow import strings
from pipeline.model import periods
from pipeline.model.findings import Finding, PipelineError
from pipeline.model.spellings import fold
from pipeline.scaffold.profile import AGES, Place, Profile, Trait, Value

MOSTLY = 0.95
"""Share of the cells of a column that must have a form for the column to have it."""
COVERED = 0.8
"""Share of the cells that frequent answers must make up for a column to be a list of codes."""
MOST_CODES = 80
"""Frequent answers from which a column is no list of codes."""
SUSPECT = 0.01
"""Share of cells that look like an identity from which the column is dropped, and not left to be mended."""
SLIP = 0.88
"""Likeness of two frequent spellings from which they are taken for one with a letter wrong."""
SOME_NAMES = 0.2
"""Share of the cells of a column that look like names from which all of it is taken for names."""
MANY_ANSWERS = 5
"""Answers from which a small one is well hidden among the others."""
RARE = "?"
"""Stands for all answers that are rare."""
BELOW, BELOW_FINER = 0.3, 0.1
"""Share of cells below the threshold up to which a table is told by years, and at a finer level: beside what earlier editions tell of
quarters, what hides a small cell must be hidden too.
"""
UNKNOWN = frozenset(
    """no especificado;no especificada;sin especificar;s/d;sd;s/e;sin dato;sin datos;n/d;nd;n/a;na;ns;nc;ns/nc;no sabe;no contesta;
    se desconoce;desconocido;desconocida;sin informacion;no informa;-;--;?;null;none;unknown;not specified;no disponible""".replace(
        "\n", ""
    ).replace("    ", "").split(";")
)  # fmt: skip
"""Ways of writing that it is not known: words of forms, which say nothing of anybody."""
PLACES = re.compile(
    r"^(lugar|municipio|entidad|estado|prov\w*|zona|region|pais|delegacion|alcaldia|localidad|ciudad|residencia|sede|modulo)\b(?!.*\b(nombre|encargad|titular|responsable))"
)
"""Headers of places, which are called after people everywhere."""
STAFF = re.compile(
    r"\b(facilitador\w*|tallerista|ponente|terapeuta|operador\w*|asesor(a|as|es)?|licenciad\w*|medic[oa]|instructor\w*|coordinador\w*|encargad\w*"
    r"|supervisor\w*|elaboro|capturo|quien|agente|juez\w*|defensor\w*|perito|abogad[oa]s?|psicolog[oa]s?|trabajador\w*|responsable|titular|atendi\w*|atiende)\b"
)
"""Headers of those who work there: what is written there as names are written is taken for names, known or not."""
PERSON = re.compile(
    r"\b(clave|cve|id|codigo|identificador|key|num|numero)\b.*\b(usuari[ao]s?|personas?|mujer(es)?|beneficiari[ao]|paciente|victima|user|woman|person)\b"
    r"|^(id )?(usuari[ao]|beneficiari[ao]|persona)( id)?$|\busuaria id\b"
)
COUNTED = re.compile(r"\b(asist\w*|particip\w*|beneficiari[ao]s|personas|mujeres|hombres|ninas|ninos|atendid[ao]s|attend\w*|women|men)\b")  # fmt: skip
YEARS, MONTHS = re.compile(r"^(ano|anio|year)\b"), re.compile(r"^(mes|month)\b")
AGE = re.compile(r"\bedad\b|\bage\b|\banos cumplidos\b")
SEPARATORS = (";", "|", "/", ",")


def profiles(sources: Sequence[Path | Database], threshold: int) -> list[Profile]:
    """What may be told of each record type of files and databases."""
    found, wrong = [], []
    for source in sources:
        name = source.name if isinstance(source, Path) else _shown(source.url)
        try:
            found += list(sheets.read(source) if isinstance(source, Path) else sheets.tables(source))
        except Unreadable as problem:
            wrong.append(Finding.of(name, problem.rule, **problem.facts))
        except FileNotFoundError:
            wrong.append(Finding.of(name, "missing_file"))
    if wrong:
        raise PipelineError("records", wrong)
    return [_Group(group, threshold).profile() for group in united.groups(found)]


def _shown(url: str) -> str:
    """The address of a database as a message may show it: without who asks and with what."""
    return re.sub(r"//[^/@]*@", "//", url).partition("?")[0]


@dataclass(frozen=True)
class _Asked:
    """A column that is looked at: its headers, its cells over all sheets, and how often each answer comes."""

    column: Column
    cells: pd.Series
    counts: Counter[str]
    filled: int

    @property
    def said(self) -> str:
        """Its first header in plain words."""
        return identities.words(self.column.headers[0])

    def share(self, holds: Mapping[str, bool]) -> float:
        return sum(times for value, times in self.counts.items() if holds[value]) / self.filled


class _Group:
    """Looks at the columns of one record type."""

    def __init__(self, group: Group, threshold: int) -> None:
        self.group, self.threshold = group, threshold
        self.rows = sum(len(sheet.frame) for sheet in group.sheets)
        self.asked = [self._asked(column) for column in group.columns]
        self.persons: pd.Series | None = None
        self.months: pd.Series | None = None
        self.told: dict[str, pd.Series] = {}
        """First header → what of its cells may be told: an answer, an age group, a yes."""
        self.labels: dict[str, dict[str, str]] = {}
        """First header → answer → how it is written."""

    def profile(self) -> Profile:
        kinds = [self._kind(asked) for asked in self.asked]
        kinds = _one_of_each(kinds)
        for asked, trait in zip(self.asked, kinds, strict=True):
            if trait.kind == "person":
                self.persons = asked.cells
            if trait.kind == "period":
                self.months = _months(asked.cells, trait.date_format)
        if self.months is None:
            self.months = self._joined(kinds)
        told = [
            self._told(asked, trait) if trait.kind in ("code", "yes_no", "answers", "age") else trait
            for asked, trait in zip(self.asked, kinds, strict=True)
        ]
        told = self._nested(told)
        months = Counter(month for month in ([] if self.months is None else self.months) if month)
        places = tuple(sheet.place for sheet in self.group.sheets)
        names = (_name(places), _title(places))
        scant = sum(sheet.scant for sheet in self.group.sheets)
        return Profile(*names, places, self.rows, tuple(told), dict(sorted(months.items())), scant, self._crossed(told))

    def _nested(self, traits: Sequence[Trait]) -> list[Trait]:
        """Each column with the one above it, where every answer has a single one there and little would be lost without that one."""
        found = {trait.headers[0]: trait for trait in traits}
        codes = [trait for trait in traits if trait.kind == "code" and trait.levels and len(trait.values) > 1]
        taken: set[str] = set()
        for fine in sorted(codes, key=lambda trait: -len(trait.values)):
            coarser = [t for t in codes if len(t.values) * 2 <= len(fine.values) and t.headers[0] not in taken]
            for coarse in sorted(coarser, key=lambda trait: -len(trait.values)):
                groups = self._groups(fine.headers[0], coarse.headers[0])
                if groups and fine.headers[0] not in taken:
                    found[fine.headers[0]] = replace(fine, above=coarse.headers[0], groups=groups)
                    taken |= {fine.headers[0], coarse.headers[0]}
        return [found[trait.headers[0]] for trait in traits]

    def _groups(self, fine: str, coarse: str) -> dict[str, str]:
        """Answer → the single answer that the coarser column has beside it; nothing where one has several, the same words stand for
        both, or the coarser column often says more."""
        one, other = self.told[fine], self.told[coarse]
        known = one.isin(self.labels[fine]) & other.isin(self.labels[coarse])
        above = other[known].groupby(one[known]).unique()
        labels = set(self.labels[fine].values()), set(self.labels[coarse].values())
        if set(above.index) != set(self.labels[fine]) or any(len(each) > 1 for each in above) or labels[0] & labels[1]:
            return {}
        lost = other.isin(self.labels[coarse]) & ~known
        if lost.sum() > (1 - MOSTLY) * len(other):
            return {}
        return {self.labels[fine][str(answer)]: self.labels[coarse][each[0]] for answer, each in above.items()}

    def _crossed(self, traits: Sequence[Trait]) -> dict[tuple[str, str], tuple[str, ...]]:
        """The levels of time at which a column can be crossed with one of ages or places: of most institutes, what is asked."""
        with_levels = [trait for trait in traits if trait.levels and trait.headers[0] in self.told]
        found = {}
        for second in (trait for trait in with_levels if trait.kind == "age" or (trait.place and trait.kind == "code")):
            for first in with_levels:
                if first is second or (first.place and second.kind != "age") or first.kind == "age":
                    continue
                one, other = self.told[first.headers[0]], self.told[second.headers[0]]
                if first.kind == "answers":
                    other = other.reindex(one.index)
                pair = (one + "|" + other).where(one != "", "")
                if levels := self._levels(pair):
                    found[first.headers[0], second.headers[0]] = levels
        return found

    def _asked(self, column: Column) -> _Asked:
        parts = [
            column.parts.get(number, pd.Series([""] * len(sheet.frame), dtype="str"))
            for number, sheet in enumerate(self.group.sheets)
        ]
        cells = pd.concat(parts, ignore_index=True)
        counts = _times(cells)
        return _Asked(column, cells, counts, sum(counts.values()))

    # what a column is ------------------------------------------------------------------------------------------------

    def _kind(self, asked: _Asked) -> Trait:
        """What a column is taken for; its answers are told later, when it is known who the women are."""
        absent = tuple(s.place for n, s in enumerate(self.group.sheets) if n not in asked.column.parts)
        trait = Trait(
            tuple(asked.column.headers),
            "dropped",
            guessed=asked.column.guessed,
            empty=self.rows - asked.filled,
            absent=absent,
        )
        if not asked.filled:
            return replace(trait, why="empty")
        for form in (self._of_header, self._of_dates, self._of_yes_no, self._of_numbers, self._of_keys):
            if found := form(asked, trait):
                return found
        suspect = self._suspect(asked)
        if suspect and sum(suspect.values()) >= SUSPECT * asked.filled:
            return replace(trait, why=suspect.most_common(1)[0][0])
        trait = replace(trait, suspect=sum(suspect.values()))
        return self._of_words(asked, trait)

    def _of_header(self, asked: _Asked, trait: Trait) -> Trait | None:
        """What its header announces, where no recoding of ours makes that harmless."""
        for header in asked.column.headers:
            made = {"closed", "month"} if self._dates(asked) else {"closed"}
            if AGE.search(identities.words(header)):
                made |= {"bins"}
            if kind := identities.of_header(identities.Column(header, made=frozenset(made))):
                return replace(trait, why=kind)
        return None

    def _of_dates(self, asked: _Asked, trait: Trait) -> Trait | None:
        if not (form := self._dates(asked)):
            return None
        return replace(trait, kind="period", date_format=form.stated, unsure=form.unsure)

    def _dates(self, asked: _Asked) -> _Form | None:
        """In what form a column of dates writes them; None where it has none."""
        months = {v: bool(notation.day(v) or notation.day(v, MONTH_FIRST)) for v in asked.counts}
        if asked.share(months) < MOSTLY:
            return None
        watch = notation.Dates("", "")
        watch.look(strings(list(asked.counts)), 1)
        rules = {told.rule for told in watch.wrong()}
        if "dates_month_first" in rules:
            return _Form(MONTH_FIRST)
        return _Form(DAY_FIRST, unsure=True) if rules & {"dates_unclear", "dates_two_orders"} else _Form("")

    def _of_yes_no(self, asked: _Asked, trait: Trait) -> Trait | None:
        folded = {fold(value) for value in asked.counts}
        if not folded <= YES | NO or not folded & YES:
            return None
        # Marks of one kind only are answers where nothing means no.
        return replace(trait, kind="yes_no") if folded & NO or folded <= {"x", "1", "si"} else None

    def _of_numbers(self, asked: _Asked, trait: Trait) -> Trait | None:
        said = asked.said
        if MONTHS.search(said) and all(notation.month_number(value) for value in asked.counts):
            return replace(trait, kind="month")
        numbers = {value: notation.number(value) is not None for value in asked.counts}
        if asked.share(numbers) < MOSTLY:
            return None
        if YEARS.search(said) and all(re.fullmatch(r"(19|20)\d\d(\.0)?", value) for value in asked.counts):
            return replace(trait, kind="year")
        if AGE.search(said):
            return replace(trait, kind="age")
        if COUNTED.search(said) and all(re.fullmatch(r"\d+", value) for value in asked.counts):
            return replace(trait, kind="sum")
        if PERSON.search(said) and 1 < len(asked.counts) < asked.filled:
            return replace(trait, kind="person")
        if not trait.empty and len(asked.counts) == self.rows and not trait.absent and re.search(r"\bid\b", said):
            return replace(trait, kind="key")
        return replace(trait, why="number")

    def _of_keys(self, asked: _Asked, trait: Trait) -> Trait | None:
        if trait.empty or trait.absent or any(" " in value for value in asked.counts):
            return None
        if PERSON.search(asked.said) and len(asked.counts) > self.threshold:
            return replace(trait, kind="person")
        # What is different in every row, short and has digits, tells records apart.
        unique = len(asked.counts) == self.rows >= 20
        coded = all(len(value) <= 40 and re.search(r"\d", value) for value in asked.counts)
        return replace(trait, kind="key") if unique and coded else None

    def _suspect(self, asked: _Asked) -> Counter[str]:
        """Kind of identity → rows in which a cell looks like it."""
        column = identities.Column(asked.column.headers[0], made=frozenset({"closed"}))
        found = identities.of_values(column, strings(list(asked.counts)))
        return Counter({kind: sum(asked.counts[value] for value in values) for kind, values in found.items()})

    def _of_words(self, asked: _Asked, trait: Trait) -> Trait:
        """Lists of codes, several answers in a cell, and what is neither."""
        names = {value: is_name(value) for value in asked.counts}
        if not PLACES.search(asked.said) and asked.share(names) > SOME_NAMES:
            return replace(trait, why="name")  # those that the lists do not know are names as well
        if STAFF.search(asked.said) and asked.share({value: is_shaped(value) for value in asked.counts}) > SOME_NAMES:
            return replace(trait, why="role")
        for separator in SEPARATORS:
            if self._has_several(asked, separator):
                return replace(trait, kind="answers", separator=separator)
        frequent = [times for times in _alike(asked.counts, self.threshold)[1].values() if times >= self.threshold]
        if sum(frequent) < COVERED * asked.filled or len(frequent) > MOST_CODES:
            return replace(trait, why="text" if len(asked.counts) > MOST_CODES else "rare")
        return replace(trait, kind="code")

    def _has_several(self, asked: _Asked, separator: str) -> bool:
        """Whether cells hold answers of one list, more than one in many of them."""
        several = {value: separator in value.strip(separator) for value in asked.counts}
        if asked.share(several) < 0.1:
            return False
        parts = Counter(
            part for value, times in asked.counts.items() for part in _split(value, separator) for _ in range(times)
        )
        frequent = {part for part, times in parts.items() if times >= self.threshold}
        alone = {squashed(value) for value, many in several.items() if not many}
        return 2 <= len(frequent) <= 30 and len(frequent) < len(asked.counts) and bool(frequent & alone)

    # what may be told of it ------------------------------------------------------------------------------------------

    def _told(self, asked: _Asked, trait: Trait) -> Trait:
        if trait.kind in ("age", "yes_no"):
            said = _age_group if trait.kind == "age" else lambda value: "si" if fold(value) in YES else ""
            self.told[trait.headers[0]] = meant = asked.cells.map(said)
            return replace(trait, levels=self._levels(meant))
        cells = asked.cells
        if trait.kind == "answers":
            cells = cells.map(lambda value: _split_as_written(value, trait.separator)).explode().fillna("").str.strip()
        counts = _times(cells)
        first, _ = _alike(counts, self.threshold)
        meant = cells.map(lambda value: first.get(squashed(value), "") if value and fold(value) not in UNKNOWN else "")
        place = bool(PLACES.search(asked.said))
        kept = self._kept(meant, counts, place)
        values = tuple(_value(each, first, counts) for each in kept)
        rare = {meaning: n for meaning, n in Counter(m for m in meant if m).items() if meaning not in kept}
        unknown = Counter({fold(value): n for value, n in counts.items() if fold(value) in UNKNOWN})
        self.told[trait.headers[0]] = told = meant.where(meant.isin(kept) | (meant == ""), RARE)
        self.labels[trait.headers[0]] = {each: value.label for each, value in zip(kept, values, strict=True)}
        return replace(
            trait,
            place=place,
            values=values,
            rare=len(rare),
            rare_rows=sum(rare.values()),
            empty=int((cells == "").sum()) + sum(unknown.values()),
            unknown=tuple(sorted(unknown)),
            levels=self._levels(told) if values else (),
        )

    def _kept(self, meant: pd.Series, counts: Mapping[str, int], place: bool) -> list[str]:
        """The answers that may be told, those of most women first: of as many as the threshold asks for, and nobody's name."""
        people = self._people(meant)
        looked_at = identities.of_values(identities.Column(""), strings(list(counts))).values()
        suspects = {squashed(value) for values in looked_at for value in values}
        kept = {m for m, n in people.items() if n >= self.threshold and not self._is_somebody(_label(m, counts), place)}
        return sorted(kept - suspects, key=lambda m: (-people[m], m))

    def _is_somebody(self, label: str, place: bool) -> bool:
        """Whether an answer may be somebody's name; places are called after people, but not with their titles."""
        return is_titled(label) if place else is_name(label)

    def _people(self, meant: pd.Series) -> dict[str, int]:
        """Answer → women who gave it, or rows where nobody knows who is who."""
        if self.persons is None:
            return {str(m): int(n) for m, n in meant[meant != ""].value_counts().items()}
        pairs = pd.DataFrame({"meant": meant, "who": self.persons.reindex(meant.index)})
        counted = pairs[pairs["meant"] != ""].groupby("meant")["who"].nunique()
        return {str(m): int(n) for m, n in counted.items()}

    def _levels(self, meant: pd.Series) -> tuple[str, ...]:
        """The levels of time at which few cells would be below the threshold, coarse to fine; none where even years are not. Among
        few answers, one that is small can be hidden behind so few others that finer time than years needs all to be large."""
        if self.months is None:
            return ()
        who = meant.index if self.persons is None else self.persons.reindex(meant.index)
        frame = pd.DataFrame({"meant": meant, "month": self.months.reindex(meant.index), "who": who})
        frame = frame[frame["month"] != ""]
        few = frame["meant"].nunique() < MANY_ANSWERS
        last = frame["month"].max()
        found: list[str] = []
        for level, of in ((periods.YEAR, periods.year_of), (periods.QUARTER, periods.quarter_of), (periods.MONTH, str)):
            period = frame["month"].map(of)
            # A year or quarter that has not ended is not published.
            ended = period.map(lambda code: periods.months_of(code)[-1] <= last)
            whole = frame[ended] if ended.any() else frame
            cells = whole.groupby(["meant", period])["who"].nunique()
            most = BELOW if level == periods.YEAR else 0.0 if few else BELOW_FINER
            if not len(cells) or (cells < self.threshold).mean() > most:
                break
            found.append(level)
        return tuple(found)

    def _joined(self, kinds: Sequence[Trait]) -> pd.Series | None:
        """The months of a column of years and one of months."""
        parts = {trait.kind: asked.cells for asked, trait in zip(self.asked, kinds, strict=True)}
        if not {"year", "month"} <= parts.keys():
            return None
        numbers = parts["month"].map(lambda value: notation.month_number(value) if value else 0)
        years = parts["year"].str[:4]
        return pd.Series([f"{y}-{m:02d}" if y and m else "" for y, m in zip(years, numbers, strict=True)])


@dataclass(frozen=True)
class _Form:
    stated: str
    unsure: bool = False


def _one_of_each(kinds: Sequence[Trait]) -> list[Trait]:
    """One column of the period, one key of the record and one of the person: the fullest; of other dates only the month would
    be harmless, and nobody asked for it."""
    found = list(kinds)
    for kind, why in (("period", "date"), ("key", "many_keys"), ("person", "many_keys")):
        places = [n for n, trait in enumerate(found) if trait.kind == kind]
        best = min(places, key=lambda n: (len(found[n].absent), found[n].empty, n), default=None)
        for n in places:
            if n != best:
                found[n] = replace(found[n], kind="dropped", why=why)
    if any(trait.kind == "period" for trait in found):
        found = [replace(t, kind="dropped", why="spare_time") if t.kind in ("year", "month") else t for t in found]
    elif {"year", "month"} - {trait.kind for trait in found}:
        found = [replace(t, kind="dropped", why="half_a_month") if t.kind in ("year", "month") else t for t in found]
    return found


def _times(cells: pd.Series) -> Counter[str]:
    """How often each answer comes; nothing is none."""
    return Counter({str(value): int(times) for value, times in cells.value_counts().items() if value})


def _months(cells: pd.Series, form: str) -> pd.Series:
    known = {value: notation.month(value, form) or "" for value in cells.unique()}
    return cells.map(known)


def _age_group(value: str) -> str:
    number = notation.number(value)
    years = -1 if number is None else int(float(number))
    return next((code for code, low, high in AGES if low <= years <= high), "")


def _alike(counts: Mapping[str, int], threshold: int) -> tuple[dict[str, str], Counter[str]]:
    """Squashed spelling → the one that stands for it and those that are the same but for a letter, and how often that comes. A
    slip that is rare stays apart: it may be somebody's own word."""
    times: Counter[str] = Counter()
    for value, count in counts.items():
        times[squashed(value)] += count
    first: dict[str, str] = {}
    for spelled, _ in times.most_common():
        frequent = dict.fromkeys(first.values()) if times[spelled] >= threshold else ()
        first[spelled] = next((other for other in frequent if _is_slip(spelled, other)), spelled)
    total: Counter[str] = Counter()
    for spelled, meant in first.items():
        total[meant] += times[spelled]
    return first, total


def _is_slip(spelled: str, usual: str) -> bool:
    """Whether a spelling differs from another by a letter that is wrong, too many or missing; not by a digit, nor by its ending,
    which tells sexes and numbers apart."""
    if min(len(spelled), len(usual)) < 7 or abs(len(spelled) - len(usual)) > 1 or spelled[-2:] != usual[-2:]:
        return False
    if re.sub(r"\D", "", spelled) != re.sub(r"\D", "", usual) or spelled[:1] != usual[:1]:
        return False
    return difflib.SequenceMatcher(None, spelled, usual).ratio() >= SLIP


def _value(meant: str, first: Mapping[str, str], counts: Mapping[str, int]) -> Value:
    """An answer as it is usually spelled, and the spellings that folding does not make the same."""
    label = _label(meant, counts)
    spelled = [value for value in counts if first.get(squashed(value)) == meant]
    # What differs in signs only may be rare: it says nothing that the answer itself does not.
    others = {fold(value) for value in spelled}
    return Value(label, tuple(sorted(others - {fold(label)})))


def _label(meant: str, counts: Mapping[str, int]) -> str:
    spelled = {value: times for value, times in counts.items() if squashed(value) == meant}
    best = max(spelled, key=lambda value: (spelled[value], value))
    accented = [value for value in spelled if fold(value) == fold(best) and not value.isupper()]
    best = max(accented, key=lambda value: (not value.isascii(), spelled[value], value), default=best)
    words = re.sub(r"[\s_]+", " ", best).strip()
    return words.capitalize() if words.isupper() and len(words) > 4 else words[:1].upper() + words[1:]


def _split(value: str, separator: str) -> list[str]:
    return [squashed(part) for part in value.split(separator) if squashed(part)]


def _split_as_written(value: str, separator: str) -> list[str]:
    return [part.strip() for part in value.split(separator) if part.strip()]


def _title(places: Sequence[Place]) -> str:
    """What the record type is called: the name of its sheet, or of its file, without years and numbers behind it."""
    first = places[0]
    called = Path(first.file).name.partition(".")[0] if first.one_sheet else first.sheet
    called = first.file.rpartition(".")[2] if first.url else called
    words = re.sub(r"[\s_.-]+", " ", called).strip()
    kept = re.sub(r"( (?:de |del )?((19|20)\d\d|t[1-4]|trim\w*|[1-4]|\d{1,2}))+$", "", words, flags=re.IGNORECASE)
    return kept[:1].upper() + kept[1:]


def _name(places: Sequence[Place]) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", fold(_title(places))).strip("_")
    return name if re.match("[a-z]", name) else f"registros_{name}".strip("_")
