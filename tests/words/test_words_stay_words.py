"""Words of an institute or of an edition are words in every published form, whatever they look like: no element, attribute,
address, formula, link, event or file of the machine is made of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import vl_convert

from pipeline import SITE, flow
from pipeline.institute.load import load
from pipeline.model.findings import PipelineError
from pipeline.public.edition import reader
from pipeline.public.edition.model import DESCRIPTOR
from pipeline.public.site import build
from pipeline.verification import leaks
from pipeline.workflows import editions as stored
from pipeline.workflows.run import Run
from tests.conftest import TINY, silent, site_texts
from tests.reader.built import EVERY_CHART
from tests.words import forms, plant
from tests.words.plant import Words

PROSE = {"uno": '--8<-- "{path}.html"', "dos": '{{{{ 7*7 }}}} {{% include "{path}.html" %}}'}
"""What the prose of an institute may say without pulling a file of the machine into its page, in place of harmless words."""
MARKS = "<!-- celosia:insert {path} -->\n\n<!-- celosia:insert ../../../../../../../../..{path} -->\n"


def files(folder: Path) -> list[str]:
    """Files whose words are published."""
    found = [path for path in folder.rglob("*") if path.suffix in (".yaml", ".csv", ".geojson", ".md")]
    names = [path.relative_to(folder).as_posix() for path in found]
    return sorted(name for name in names if name not in ("sources.yaml", "sample.yaml"))


def institute(folder: Path) -> Path:
    shutil.copytree(TINY, folder)
    shutil.copytree(EVERY_CHART, folder, dirs_exist_ok=True)
    listed = folder / "catalogues.package.yaml"
    content = plant.read(listed)
    for resource in content["resources"]:
        resource.get("schema", {}).pop("foreignKeys", None)
    plant.write(listed, content)
    return folder


def accepted(words: Words, folder: Path, trial: Path) -> list[int]:
    """Leaves in which hostile words are not refused; those with a beginning that is refused go without it."""

    def holds(numbers: list[int]) -> bool:
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(folder, trial)
        words.plant(trial, words.hostile, numbers)
        try:
            load(trial)
        except PipelineError:
            return False
        return True

    def search(numbers: list[int]) -> list[int]:
        if not numbers or holds(numbers):
            return numbers
        if len(numbers) == 1:
            if numbers[0] not in words.calm:
                words.calm.add(numbers[0])
                return search(numbers)
            return []
        half = len(numbers) // 2
        return search(numbers[:half]) + search(numbers[half:])

    return search(list(range(len(words.found))))


def published(folder: Path, raw: Path, editions: int) -> Path:
    """The site of the first editions of an institute."""
    plan = load(folder / "institute")
    raw = Path(shutil.copytree(raw, folder / "raw", ignore=shutil.ignore_patterns("privado")))
    for edition in plan.editions[:editions]:
        flow.publish(Run(plan, raw, folder / "published", edition.id, site_texts(plan)), silent)
    return built(folder)


def built(folder: Path) -> Path:
    editions = [reader.read(edition) for edition in stored.folders(folder / "published")]
    return build.build(editions, load(folder / "institute"), site=SITE, output=folder / "html")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "maquina.html"
    path.write_text(plant.SECRET)
    return path


@pytest.fixture(scope="module")
def dot() -> bytes:
    return bytes(vl_convert.svg_to_png('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'))


@pytest.fixture
def unpainted(dot: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of dots are not painted: there are no words in them but those of the drawings that they are made of, which are read."""
    monkeypatch.setattr(vl_convert, "svg_to_png", lambda *_, **__: dot)


TURNS = [0, *(pytest.param(turn, marks=pytest.mark.slow) for turn in range(1, len(plant.LEADS)))]


@pytest.mark.parametrize("turn", TURNS)
def test_the_words_of_an_institute(
    turn: int, records_of_tiny: Path, secret: Path, unpainted: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It would stop at the folder of the machine that these words name; here what comes before it is tried.
    monkeypatch.setattr(leaks, "edition", lambda *_: [])
    calm, wild = tmp_path / "a", tmp_path / "b"
    source = institute(calm / "institute")
    words = Words(plant.leaves(source, files(source)), secret, turn)
    taken = accepted(words, source, tmp_path / "trial")
    assert len(taken) > 100
    path = str(secret.with_suffix(""))
    words.also = {harmless: hostile.format(path=path) for harmless, hostile in PROSE.items()}
    institute(wild / "institute")
    for folder, word, prose in ((calm, words.harmless, words.also), (wild, words.hostile, words.also.values())):
        words.plant(folder / "institute", word, taken)
        for page in (folder / "institute" / "pages").rglob("*.md"):
            page.write_text("\n\n".join([page.read_text(encoding="utf-8"), *prose]), encoding="utf-8")
    for page in (wild / "institute" / "pages").rglob("*.md"):
        page.write_text(page.read_text(encoding="utf-8") + "\n\n" + MARKS.format(path=path), encoding="utf-8")
    one, other = (published(folder, records_of_tiny, 1 if turn == 0 else 2) for folder in (calm, wild))
    assert forms.differences(one, other, words) == []


@pytest.mark.slow
def test_the_words_of_an_edition_that_another_hand_wrote(
    editions_of_tiny: Path, secret: Path, unpainted: None, tmp_path: Path
) -> None:
    """An edition from before such words were refused, or one that was forged: its sums fit."""
    calm, wild = tmp_path / "a", tmp_path / "b"
    for folder in (calm, wild):
        institute(folder / "institute")
        shutil.copytree(editions_of_tiny, folder / "published")
    words = Words(told(calm / "published"), secret, 1)
    for folder, word in ((calm, words.harmless), (wild, words.hostile)):
        words.plant(folder / "published", word)
        for edition in stored.folders(folder / "published"):
            plant.seal(edition)
    assert forms.differences(built(calm), built(wild), words) == []


def told(editions: Path) -> list[plant.Leaf]:
    """Labels, titles and words of catalogues of the editions; the same words in each, as one institute has them."""
    names = [
        path.relative_to(editions).as_posix()
        for path in sorted(editions.rglob("*"))
        if path.parent.name in ("codes", "catalogues") or path.name == DESCRIPTOR
    ]
    found = plant.leaves(editions, names)
    shown = [each for each in found if not each.file.endswith(DESCRIPTOR) or {"es", "en"} & set(map(str, each.path))]
    return [each for each in shown if "period" not in each.file]
