"""The website, from published editions and the institute's words: Markdown by Jinja2, HTML by mkdocs-material.

In: editions as any reader sees them, the Plan (charts.yaml, prose, institute.yaml), the project's site/ folder. Out: a
folder of HTML that works from any address, from a sub-path and from disk. Touches files: everything it makes on the way
lies beside `output` (charts are kept there, so that an unchanged chart is not rendered again).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.institute.plan import MEDIA, Plan
from pipeline.model import exchange
from pipeline.public.charts import svg
from pipeline.public.edition import publication, safe_files
from pipeline.public.edition.model import Package
from pipeline.public.exports import build as derive
from pipeline.public.presentation import routes
from pipeline.public.site import mkdocs_config, search, stylesheet
from pipeline.public.site.stage import Progress
from pipeline.public.site.stage import stage as staged
from pipeline.public.site.staging import Staging
from pipeline.wording import texts


def build(
    packages: Sequence[Package],
    plan: Plan,
    *,
    site: Path,
    output: Path,
    progress: Progress = lambda step, done, of: None,
    gate: Callable[[Path], None] = lambda built: None,
) -> Path:
    """Builds the whole site into `output` and returns it; what was there stands until the new site is whole and `gate` has
    looked into its folder without raising.

    `packages`: oldest first. Raises PipelineError("text") for words that are missing, and when mkdocs refuses what was
    staged; PipelineError("system") where another run builds beside `output`.
    """
    with publication.lock(output.parent):
        exchange.recover(output)
        built = made(packages, plan, site, output.parent, progress)
        gate(built)
        progress("exchange", 0, 1)
        exchange.exchange(built, output)
        progress("placed", 1, 1)
    return output


def made(packages: Sequence[Package], plan: Plan, site: Path, work: Path, progress: Progress) -> Path:
    """The whole site in a folder below `work`."""
    words = texts.load(site / "texts", plan.languages, plan.serves, plan.own_texts)
    stage = work / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    built = work / "built"
    shutil.rmtree(built, ignore_errors=True)
    for number, language in enumerate(plan.languages):
        staged(Staging(packages, plan, words[language], work / "charts", site, stage, first=number == 0), progress)
    progress("mkdocs", 0, len(plan.languages))
    mkdocs_config.run([stage / f"{language}.yml" for language in plan.languages], packages[-1])
    first, *others = plan.languages
    (stage / "html" / first).rename(built)
    for language in others:
        (stage / "html" / language).rename(built / language)
    progress("mkdocs", len(plan.languages), len(plan.languages))
    _assets(site, built, stage, plan)
    _editions(packages, built / routes.DATA)
    _recordings(plan, built / routes.RECORDINGS)
    derive.derive(
        packages,
        plan,
        words,
        built / routes.DATA,
        derive.Folders(site=site, cache=work / "derived", charts=work / "charts"),
        progress,
    )
    newest, latest = (built / routes.DATA / name for name in (packages[-1].edition, routes.LATEST))
    shutil.copytree(newest, latest, copy_function=_linked)
    _on_disk(packages[-1], built / "assets" / "data")
    progress("search", 0, 1)
    search.index(built, words, plan.synonyms, routes.HELP_PAGE)
    progress("search", 1, 1)
    return built


def _linked(source: str, target: str) -> str:
    """The same file under a second name, so that it takes no room twice; a copy where the disk knows no second names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def _assets(site: Path, built: Path, stage: Path, plan: Plan) -> None:
    """Our stylesheet with what the pages use of Material's, our scripts, the chart library; nothing else is kept."""
    for folder in (built, *(built / language for language in plan.languages[1:])):
        shutil.rmtree(folder / "assets", ignore_errors=True)
        for name in ("sitemap.xml.gz",):
            (folder / name).unlink(missing_ok=True)
    shutil.copyfile(site / "serving" / "_headers", built / "_headers")  # where hosts of pages look for it
    target = built / "assets"
    shutil.copytree(site / "assets", target)
    pages = (path.read_text(encoding="utf-8") for path in built.rglob("*.html"))
    (target / "site.css").write_text(
        stylesheet.build(stylesheet.material_css(), (target / "site.css").read_text(encoding="utf-8"), pages),
        encoding="utf-8",
    )
    (target / "vega.js").write_text(_vega(stage.parent / "charts"), encoding="utf-8")


def _vega(cache: Path) -> str:
    """Vega, Vega-Lite and the embedder in one classic script, as the renderer carries them."""
    path = cache / f"vega-{svg.RENDERER}.js"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        path.write_text(svg.bundle(), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _editions(packages: Sequence[Package], target: Path) -> None:
    """The published files at their permanent addresses."""
    for each in packages:
        assert each.folder is not None
        safe_files.copy(each.folder, each.files, target / each.edition)


def _recordings(plan: Plan, target: Path) -> None:
    """The recordings that pages name, with their captions, byte for byte."""
    for pages in (*plan.pages.values(), *plan.other_pages.values()):
        for recording in (each for page in pages for each in page.meta.get("media", ())):
            for file in filter(None, (recording["file"], recording.get("captions"))):
                target.mkdir(exist_ok=True)
                shutil.copyfile(plan.folder / MEDIA / file, target / file)


def _on_disk(newest: Package, target: Path) -> None:
    """The newest tables as scripts, byte for byte inside: a browser that opens the site from disk fetches nothing."""
    assert newest.folder is not None
    target.mkdir()
    for name in newest.tables:
        text = safe_files.read(newest.folder / "tables" / f"{name}.csv").decode()
        (target / f"{name}.js").write_text(f"celosia.csv({json.dumps(name)}, {json.dumps(text)});\n", encoding="utf-8")
