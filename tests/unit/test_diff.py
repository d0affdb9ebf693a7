"""`celosia diff`: what a person is told of two editions before the newer one is public."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pipeline.cli.main import main
from pipeline.public.edition import reader
from pipeline.public.edition.model import OBS, Package
from pipeline.public.exports.differences import Revised, differences


def test_every_difference_of_a_table_is_counted_and_no_withheld_figure_told(published: Path) -> None:
    now = reader.read(published / "2025-T4")
    name, table = next((n, t) for n, t in now.tables.items() if (t.frame[OBS] == "Q").any())
    shown = table.frame.index[table.frame[OBS] == "A"]
    hidden = table.frame.index[table.frame[OBS] == "Q"]
    measure = next(iter(table.measures))
    frame = table.frame.copy()
    frame.loc[shown[0], measure] += 7
    frame.loc[shown[1], [*table.measures]] = None
    frame.loc[shown[1], OBS] = "Q"
    frame = frame.drop(index=hidden[0])
    before = replace(now, tables={**now.tables, name: replace(table, frame=frame.reset_index(drop=True))})
    found = {each.table: each for each in differences(before, now)}
    told = found.pop(name)
    assert not any(each.changed for each in found.values())
    assert (told.cells_before, told.cells) == (len(frame), len(table.frame))
    assert (told.added, told.removed, told.hidden, told.opened) == (1, 0, 0, 1)
    value = int(table.frame.loc[shown[0], measure])
    codes = {column: str(table.frame.loc[shown[0], column]) for column in table.names}
    assert told.revised == (Revised(codes, measure, value + 7, value),)
    back = {each.table: each for each in differences(now, before)}[name]
    assert (back.added, back.removed, back.hidden, back.opened) == (0, 1, 1, 0)


def test_tables_that_one_edition_lacks_or_has_in_another_form(published: Path) -> None:
    now = reader.read(published / "2025-T4")
    first, second, *_ = now.tables
    other = now.tables[second].frame.rename(columns={now.tables[second].names[-1]: "otra"})
    fewer = {second: replace(now.tables[second], frame=other)}
    found = {each.table: each for each in differences(replace(now, tables=fewer), now)}
    assert (found[first].cells_before, found[first].added) == (0, len(now.tables[first].frame))
    assert found[second].columns
    assert not found[second].revised
    gone = {each.table: each for each in differences(now, replace(now, tables=fewer))}
    assert (gone[first].cells, gone[first].removed) == (0, len(now.tables[first].frame))


def test_an_edition_is_compared_with_the_one_before_it(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "comparación.html"
    order = ["diff", str(published / "2025-T4"), "--published", str(published), "--page", str(page)]
    for language, title in (("es", "Edición 2025-T4 frente a la edición 2025-T3"), ("en", "Edition 2025-T4 beside")):
        assert main([*order, "--lang", language]) == 0
        said = capsys.readouterr().out
        assert title in said
        assert "visitas_por_area" in said
        html = page.read_text(encoding="utf-8")
        assert f'<html lang="{language}">' in html
        assert title in html
        assert not re.search(r"<script|https?://|\bon\w+=", html)
    drafts = tmp_path / "borrador"
    drafts.mkdir()
    (published / "2025-T4").rename(drafts / "2025-T4")
    assert main(["diff", str(drafts), "--published", str(published)]) == 0  # the folder that a draft was written into
    assert "Edición 2025-T4 frente a la edición 2025-T3" in capsys.readouterr().out
    assert main(["diff", str(published / "2025-T3"), "--published", str(published)]) == 13
    assert "2025-T3" in capsys.readouterr().err
    assert main(["diff", *[str(published / "2025-T3")] * 3]) == 2


def test_words_of_an_edition_cannot_become_part_of_the_page(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = reader.read

    def hostile(folder: Path) -> Package:
        found = read(folder)
        titled = {n: replace(t, title={"es": "<img src=x onerror=alert(1)>"}) for n, t in found.tables.items()}
        return replace(found, tables=titled)

    monkeypatch.setattr(reader, "read", hostile)
    page = tmp_path / "p.html"
    assert main(["diff", str(published / "2025-T4"), "--published", str(published), "--page", str(page)]) == 0
    assert "<img" not in page.read_text(encoding="utf-8")


def test_without_folders_the_institute_is_compared_with_the_newest_edition(
    published: Path, institute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = ["diff", "--institute", str(institute), "--published", str(published)]
    assert main(order) == 0
    assert "define lo mismo que la edición 2025-T4" in capsys.readouterr().out
    path = institute / "tables.yaml"
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))
    tables[0]["title"] = {language: f"Otro título ({language})" for language in tables[0]["title"]}
    gone = tables.pop()["id"]
    path.write_text(yaml.safe_dump(tables, allow_unicode=True), encoding="utf-8")
    codes = institute / "codes" / "edad.csv"
    codes.write_text(codes.read_text(encoding="utf-8") + "muy_mayor,,,9,Muy mayor,Very old\n", encoding="utf-8")
    code = main(order)
    said = capsys.readouterr()
    assert code == 0, said.err
    for told in (f"{gone}: la edición 2025-T4 tiene esta tabla", "el título es otro", "«muy_mayor» es nuevo"):
        assert told in said.out
