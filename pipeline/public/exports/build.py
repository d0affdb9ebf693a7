"""Everything that is made from published editions beside the pages: other formats, catalogues, reports, feeds, calendars.

In: editions as any reader sees them, the Plan, words, the project's site/ folder. Out: files below `target` (one folder
per edition, where its published files are too) and robots.txt above it. An edition does not change, so neither does what
is made from it: it is kept in `cache` under a name that stands for all that goes into it. Every file is looked into
before it is written; what is wrong stops the run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from xml.sax.saxutils import escape

from pipeline.institute.plan import Plan
from pipeline.institute.written import Facts
from pipeline.model import working_folders
from pipeline.model.findings import Finding, PipelineError
from pipeline.public.edition import safe_files, signatures
from pipeline.public.edition.model import SIGNATURE, SUMS, Package
from pipeline.public.exports import (
    catalogue,
    changelog,
    chart_files,
    data_files,
    jsonstat,
    pnt,
    read_back,
    report,
    sdmx,
    whole_edition,
    workbook,
)
from pipeline.public.exports.catalogue import as_bytes
from pipeline.public.presentation import examples, routes
from pipeline.public.presentation.edition_view import View
from pipeline.public.statistics.figures import Table
from pipeline.wording.texts import Texts

Progress = Callable[[str, int, int], None]
SIGNERS = "firmantes.txt"
"""The public keys of the office, as ssh-keygen reads them."""
SUMS_DERIVED = "SHA256SUMS-derivados"
"""Checksums of what is derived; SHA256SUMS covers what is published, and stays as it was published."""
LIBRARIES = ("xlsxwriter", "pyarrow", "typst", "vl-convert-python", "font-source-sans-pro")
MAKING = ".making-"
"""Begins the name of a folder of the cache that is not whole yet."""


@dataclass(frozen=True)
class Folders:
    """What `derive` reads and keeps beside its target."""

    site: Path
    """The project's site/ folder."""
    cache: Path
    """Files derived before."""
    charts: Path
    """Charts rendered before."""


def derive(
    packages: Sequence[Package],
    plan: Plan,
    texts: Mapping[str, Texts],
    target: Path,
    folders: Folders,
    progress: Progress = lambda step, done, of: None,
) -> dict[str, list[str]]:
    """Writes what is derived from `packages` (oldest first) below `target` and returns edition → paths of its files.

    Raises PipelineError("package") when a derived file holds other figures than
    the published ones, or names the machine.
    """
    words = {language: texts[language] for language in plan.languages}
    described: list[tuple[Package, Mapping[str, Table]]] = []
    listed: dict[str, dict[str, tuple[int, str]]] = {}
    forbidden = read_back.traces([plan.folder, target, folders.cache])
    for number, package in enumerate(packages, start=1):
        views = {
            language: View(packages[:number], plan, words[language], folders.charts) for language in plan.languages
        }
        tables = next(iter(views.values())).tables
        described.append((package, tables))
        kept = folders.cache / _key(packages[:number], plan, words, folders.site)
        if not kept.is_dir():
            files = dict(_edition(package, views, plan, words, folders.site))
            _refuse(files, tables, forbidden)
            _keep(files, kept)
        folder = target / package.edition
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        listed[package.edition] = _sizes(folder)
        progress("derive", number, len(packages))
    shared = dict(_shared(packages, described, listed, plan, words))
    _refuse(shared, {}, forbidden)
    for path, data in shared.items():
        _write(target / path, data)
    return {edition: sorted(files) for edition, files in listed.items()}


# one edition ---------------------------------------------------------------------------------------------------------


def _edition(
    package: Package,
    views: Mapping[str, View],
    plan: Plan,
    words: Mapping[str, Texts],
    site: Path,
) -> Iterator[tuple[str, bytes]]:
    """Path below the edition's folder → bytes, for every derived file."""
    facts, first = plan.facts, plan.languages[0]
    tables = views[first].tables
    made: dict[str, bytes] = {}
    for table in tables.values():
        made[f"tables/{table.id}.json"] = data_files.as_json(package, table, facts["url"], words)
        made[f"tables/{table.id}.parquet"] = data_files.as_parquet(package, table, facts["url"], words)
        made[f"tables/{table.id}.jsonstat"] = jsonstat.as_jsonstat(package, table, facts["url"], words[first])
        made[f"tables/{table.id}.csv-metadata.json"] = as_bytes(catalogue.csvw(package, [table], words, alone=True))
        for language, view in views.items():
            name = workbook.name(words[language], table.id, first)
            made[f"tables/{name}"] = workbook.workbook(package, view.tables[table.id], facts["url"], words[language])
    made |= chart_files.files(views, first)
    whole = whole_edition.tidy(package)
    made[whole_edition.TIDY_CSV] = whole_edition.as_csv(whole)
    made[whole_edition.TIDY_PARQUET] = whole_edition.as_parquet(whole)
    for language, view in views.items():
        made[workbook.whole_name(words[language], first)] = workbook.whole(
            package, view.tables, facts["url"], words[language]
        )
        made[report.name(package.edition, language, first)] = report.report(view, site)
    for name, data in pnt.workbooks(package, tables, plan, words[first]).items():
        made[f"pnt/{name}"] = data
    made |= sdmx.files(package, tables, facts, words)
    made["csvw.json"] = as_bytes(catalogue.csvw(package, list(tables.values()), words))
    made["CITATION.cff"] = catalogue.citation(package, facts, words[first]).encode()
    made[_zip_name(package, plan)] = _zip(package, tables, plan, words)
    sums = _digests({**made, **_published(package)})
    made["catalog.jsonld"] = as_bytes(catalogue.dcat([(package, tables)], {package.edition: sums}, facts, words))
    made[SUMS_DERIVED] = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(made.items())
    ).encode()
    yield from sorted(made.items())


def _zip_name(package: Package, plan: Plan) -> str:
    return f"{plan.facts['id']}-{package.edition}.zip"


def _zip(package: Package, tables: Mapping[str, Table], plan: Plan, words: Mapping[str, Texts]) -> bytes:
    """The edition as published, byte for byte, in a folder of its name; beside it what explains it."""
    facts, first = plan.facts, plan.languages[0]
    published = _published(package)
    beside = {
        "csvw.json": as_bytes(catalogue.csvw(package, list(tables.values()), words, prefix=f"{package.edition}/")),
        "CITATION.cff": catalogue.citation(package, facts, words[first]).encode(),
        "catalog.jsonld": as_bytes(
            catalogue.dcat([(package, tables)], {package.edition: _digests(published)}, facts, words)
        ),
    }
    for language in words:
        beside[words[language]("language.readme")] = catalogue.readme(package, facts, words[language]).encode()
    inside = {f"{package.edition}/{path}": data for path, data in published.items()}
    return catalogue.zipped([*sorted(beside.items()), *sorted(inside.items())])


def _published(package: Package) -> dict[str, bytes]:
    assert package.folder is not None
    return {path: safe_files.read(package.folder / path) for path in package.files}


def _key(packages: Sequence[Package], plan: Plan, words: Mapping[str, Texts], site: Path) -> str:
    """Stands for all that goes into the files of an edition: its bytes, the institute's words, our code, libraries."""
    digest = hashlib.sha256()
    for package in packages:
        assert package.folder is not None
        digest.update((package.folder / SUMS).read_bytes())
        if package.signed:
            digest.update((package.folder / SIGNATURE).read_bytes())
    titles = {name: {d.name: dict(d.title) for d in r.dimensions.values()} for name, r in plan.resources.items()}
    said = {language: dict(w.words) for language, w in words.items()}
    facts = [plan.facts, plan.site, titles, plan.upload, said, {name: version(name) for name in LIBRARIES}]
    digest.update(json.dumps(facts, sort_keys=True, default=str).encode())
    sources = [
        *Path(__file__).parents[1].rglob("*.py"),
        *(site / "templates" / "report").glob("*"),
        site / examples.FILE,
    ]
    for path in (*sorted(sources), *sorted((plan.folder / "pages").rglob("*.md"))):
        digest.update(path.name.encode() + path.read_bytes())
    return f"{packages[-1].edition}-{digest.hexdigest()[:32]}"


def _keep(files: Mapping[str, bytes], kept: Path) -> None:
    """Into the cache by one rename, in place of what earlier runs kept of the edition."""
    edition = kept.name.rpartition("-")[0]
    for old in kept.parent.glob(f"{edition}-*"):
        shutil.rmtree(old, ignore_errors=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    working_folders.sweep(kept.parent, MAKING)
    making = Path(tempfile.mkdtemp(prefix=MAKING, dir=kept.parent))
    mark = working_folders.mark(making)
    try:
        for path, data in files.items():
            _write(making / path, data)
        making.chmod(0o755)
        (making / working_folders.RUNNING).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another run was faster, with the same bytes
            making.rename(kept)
    finally:
        if mark is not None:
            os.close(mark)
        shutil.rmtree(making, ignore_errors=True)


def _refuse(files: Mapping[str, bytes], tables: Mapping[str, Table], forbidden: Sequence[bytes]) -> None:
    findings: list[Finding] = []
    for path, data in files.items():
        findings += read_back.machine(path, data, forbidden)
        folder, _, name = path.partition("/")
        table = tables.get(name.split(".")[0]) if folder in ("tables", "sdmx") else None
        if table is not None and read_back.form(path) in read_back.READERS and not path.endswith("-metadata.json"):
            findings += read_back.figures(path, data, table)
        if re.fullmatch(workbook.WHOLE, path):
            findings += read_back.whole_book(path, data, tables)
    if findings:
        raise PipelineError("package", findings)


# all editions --------------------------------------------------------------------------------------------------------


def _shared(
    packages: Sequence[Package],
    described: Sequence[tuple[Package, Mapping[str, Table]]],
    listed: Mapping[str, Mapping[str, tuple[int, str]]],
    plan: Plan,
    words: Mapping[str, Texts],
) -> Iterator[tuple[str, bytes]]:
    """Path below the folder of editions → bytes: catalogue, changelog, feeds, calendars, sitemap, robots."""
    facts, first = plan.facts, plan.languages[0]
    yield "catalog.jsonld", as_bytes(catalogue.dcat(described, listed, facts, words))
    yield whole_edition.REVISIONS, whole_edition.revisions(packages)
    yield "cambios.json", as_bytes(changelog.as_json(packages))
    for language, said in words.items():
        suffix = "" if language == first else f".{language}"
        yield f"cambios{suffix}.md", changelog.as_markdown(packages, said).encode()
        own = routes.data(facts["url"], f"atom{suffix}.xml")
        yield f"atom{suffix}.xml", changelog.as_atom(packages, facts, said, own)
        yield f"calendario{suffix}.ics", changelog.as_ics(packages, facts, said)
    if "signing" in facts:
        yield SIGNERS, signatures.signers([each["key"] for each in facts["signing"]]).encode()
    yield "sitemap.xml", _sitemap(packages, listed, facts)
    maps = [f"{facts['url']}{routes.language_folder(language, first)}sitemap.xml" for language in words]
    lines = [
        "User-agent: *",
        "Allow: /",
        *(f"Sitemap: {address}" for address in (*maps, routes.data(facts["url"], "sitemap.xml"))),
    ]
    yield "../robots.txt", ("\n".join(lines) + "\n").encode()


def _sitemap(packages: Sequence[Package], listed: Mapping[str, Mapping[str, tuple[int, str]]], facts: Facts) -> bytes:
    """Addresses of the files of every edition, with the date of its publication."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">']
    for package in packages:
        day = str(package.release["published"])
        for path in sorted(listed[package.edition]):
            where = escape(routes.file(facts["url"], package.edition, path))
            lines.append(f" <url><loc>{where}</loc><lastmod>{day}</lastmod></url>")
    return ("\n".join([*lines, "</urlset>"]) + "\n").encode()


def _sizes(folder: Path) -> dict[str, tuple[int, str]]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return _digests({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})


def _digests(files: Mapping[str, bytes]) -> dict[str, tuple[int, str]]:
    return {path: (len(data), hashlib.sha256(data).hexdigest()) for path, data in sorted(files.items())}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
