"""What the verbs that read records say of them."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping

from pipeline.cli.console import Teller, on_a_terminal
from pipeline.cli.errors import broken, numbered
from pipeline.confidential.intake.formats.table import Form
from pipeline.confidential.intake.records import Records
from pipeline.confidential.intake.source_files import unread
from pipeline.institute.plan import Plan
from pipeline.model.findings import plain
from pipeline.wording.texts import Texts

SHOWN = 20
"""Values of a column that `--show-values` lists, the most frequent ones."""


def say_read(plan: Plan, records: Mapping[str, Records], options: argparse.Namespace, say: Texts, tell: Teller) -> None:
    """What each file turned out to be, and what nothing in sources.yaml matched; values on a terminal only."""
    for name, found in records.items():
        for read in found.read:
            name_of = plain(numbered(read.name, say))
            tell.result(say("done.read", file=name_of, form=_form(read.form, say), rows=say.number(read.rows)))
            if read.form.hidden:
                tell.result(say("done.hidden", file=name_of, count=say.number(read.form.hidden)))
            for column, told in read.said:
                tell.result(say(f"done.{told.rule}", column=column, **told.facts))
        for said, counts in (("recoded", found.recoded_until()), ("unmatched", found.unmatched)):
            for column, count in counts.items():
                tell.result(say(f"done.{said}", records=name, column=column, count=say.number(count)))
        if options.show_values and on_a_terminal():
            for column, values in found.strange.items():
                shown = [f"{value!r} × {say.number(count)}" for value, count in Counter(values).most_common(SHOWN)]
                tell.result(say("done.values", records=name, column=column, values=", ".join(shown)))
    _say_unread(plan, records, options, say, tell)
    if options.show_values and not on_a_terminal():
        tell.result(say("done.values_hidden"))
    if options.keep:
        folders = {found.path.parent for found in records.values()}
        tell.result(say("done.kept", folder=", ".join(map(str, sorted(folders)))))


def _say_unread(
    plan: Plan, records: Mapping[str, Records], options: argparse.Namespace, say: Texts, tell: Teller
) -> None:
    """Sheets of what was read, and files, that no line of sources.yaml reads."""
    read_of = Counter(read.file for found in records.values() for read in found.read)
    sheets = {read.file: read.form.sheets for found in records.values() for read in found.read}
    for file, times in read_of.items():
        if more := sheets[file] - times:
            tell.result(say("done.unread_sheets", file=plain(file), count=say.number(more)))
    others = unread(plan, options.raw, read_of)
    if others:
        tell.result(say("done.unread", count=say.number(len(others)), files=plain(", ".join(others[:SHOWN]))))


def _form(form: Form, say: Texts) -> str:
    """A form in words: «CSV en UTF-8, separado por «;»»."""
    key = f"encodings.{form.encoding}"
    encoding = say(key) if say.has(key) else form.encoding
    delimiter = say("forms.tab") if form.delimiter == "\t" else form.delimiter
    kind = f"forms.{form.format}" if say.has(f"forms.{form.format}") else "forms.database"
    words = say(kind, format=form.format, encoding=encoding, delimiter=delimiter)
    return say("forms.packed", form=words) if form.packed else words


def say_refused(rules: Mapping[str, int], say: Texts, tell: Teller) -> None:
    for rule, count in rules.items():
        tell.result(say("done.refused", told=broken(rule, say), count=say.number(count)))
