"""Editions as catalogues know them: CSV on the Web, DCAT 3, schema.org, CITATION.cff, a readme, one zip.

In: editions as any reader sees them, facts of the institute, words. Out: JSON-LD as dicts, texts and bytes. Reads only the
files of an edition (for the zip); writes nothing. No context is fetched: each document carries its own.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from pipeline.institute.plan import Plan
from pipeline.institute.written import Facts
from pipeline.model import periods
from pipeline.public.edition.model import OBS, PERIOD, Package
from pipeline.public.exports.data_files import columns
from pipeline.public.exports.prose import plain
from pipeline.public.presentation import routes
from pipeline.public.presentation.captions import title
from pipeline.public.statistics.figures import Table
from pipeline.wording.texts import Texts

Words = Mapping[str, Texts]
SDMX = "http://purl.org/linked-data/sdmx/2009/attribute#"
IANA = "https://www.iana.org/assignments/media-types/"
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "zip": "application/zip",
    "pdf": "application/pdf",
}
"""Suffix of a file → its media type."""


def as_bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip with the same bytes from the same files: no date of its own, no permissions of the machine."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return stream.getvalue()


# CSV on the Web ------------------------------------------------------------------------------------------------------


def csvw(
    package: Package, tables: Sequence[Table], words: Words, *, prefix: str = "", alone: bool = False
) -> dict[str, Any]:
    """Metadata of all tables (a group, with the time codes as foreign keys), or of one table that stands `alone`."""
    first = next(iter(words))
    context: list[Any] = ["http://www.w3.org/ns/csvw", {"@language": first}]
    if alone:
        return {"@context": context, **_csvw_table(package, tables[0], words, tables[0].id + ".csv")}
    described = [_csvw_table(package, table, words, f"{prefix}tables/{table.id}.csv") for table in tables]
    for table in described:
        table["tableSchema"]["foreignKeys"] = [
            {
                "columnReference": PERIOD,
                "reference": {"resource": f"{prefix}codes/{PERIOD}.csv", "columnReference": "code"},
            }
        ]
    lists = [
        _csvw_list(name, list(frame.columns), f"{prefix}codes/{name}.csv") for name, frame in package.codes.items()
    ]
    return {
        "@context": context,
        "dc:title": package.descriptor["title"],
        "dc:license": {"@id": package.descriptor["licenses"][0]["path"]},
        "dc:issued": {"@value": str(package.release["published"]), "@type": "xsd:date"},
        "dialect": _DIALECT,
        "tables": [*described, *lists],
    }


_DIALECT = {"encoding": "utf-8", "delimiter": ",", "lineTerminators": ["\n"], "header": True, "doubleQuote": True}


def _csvw_table(package: Package, table: Table, words: Words, url: str) -> dict[str, Any]:
    fields = []
    for name in columns(table):
        column: dict[str, Any] = {"name": name, "titles": name}
        if name in table.axes:
            codes = list(dict.fromkeys(table.frame[name]))
            column["datatype"] = {"base": "string", **({"format": "|".join(map(re.escape, codes))} if codes else {})}
            column["dc:title"] = _spoken({language: title(table, name, w) for language, w in words.items()})
            column["required"] = True
        elif name in table.measures:
            column["datatype"] = {"base": "integer", "minimum": 0}
            column["dc:title"] = _spoken(table.measures[name])
        else:
            column["datatype"] = {"base": "string", "format": "[APQML]" if name == OBS else "[FC]"}
            column["propertyUrl"] = SDMX + ("obsStatus" if name == OBS else "confStatus")
            column["dc:title"] = _spoken({language: w(f"status.{name}.title") for language, w in words.items()})
            column["required"] = True
        fields.append(column)
    return {
        "url": url,
        "dc:title": _spoken(table.title),
        **({"dc:description": _spoken(table.note)} if table.note else {}),
        "dc:license": {"@id": package.descriptor["licenses"][0]["path"]},
        "dc:issued": {"@value": str(package.release["published"]), "@type": "xsd:date"},
        "dialect": _DIALECT,
        "tableSchema": {"columns": fields, "primaryKey": list(table.axes)},
    }


def _csvw_list(name: str, header: Sequence[str], url: str) -> dict[str, Any]:
    fields = [
        {
            "name": column,
            "titles": column,
            "datatype": "integer" if column == "order" else "string",
            **({} if column in ("parent", "parts") else {"required": True}),
        }
        for column in header
    ]
    return {"url": url, "dc:title": name, "dialect": _DIALECT, "tableSchema": {"columns": fields, "primaryKey": "code"}}


def _spoken(text: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@value": value, "@language": language} for language, value in text.items()]


# DCAT 3 --------------------------------------------------------------------------------------------------------------

CONTEXT: Mapping[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "spdx": "http://spdx.org/rdf/terms#",
    "adms": "http://www.w3.org/ns/adms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/QUARTERLY"


def dcat(
    packages: Sequence[tuple[Package, Mapping[str, Table]]],
    files: Mapping[str, Mapping[str, tuple[int, str]]],
    facts: Facts,
    words: Words,
) -> dict[str, Any]:
    """A catalogue of editions, oldest first. `files`: edition → path below its folder → (bytes, sha256)."""
    site = facts["url"]
    series = {
        "@id": routes.data(site, "#serie"),
        "@type": "dcat:DatasetSeries",
        "dct:title": _each(words, "files.series", facts),
        "dct:description": [_said(w("files.series_about"), language) for language, w in words.items()],
        "dct:publisher": {"@id": f"{site}#institucion"},
        "dct:accrualPeriodicity": {"@id": _FREQUENCY},
    }
    datasets: list[dict[str, Any]] = []
    before = ""
    for package, tables in packages:
        found = _dcat_edition(package, tables, files[package.edition], facts, words)
        found[0]["dcat:inSeries"] = {"@id": series["@id"]}
        if before:
            found[0]["dcat:prev"] = {"@id": before}
        before = found[0]["@id"]
        datasets += found
    newest = packages[-1][0]
    return {
        "@context": CONTEXT,
        "@graph": [
            {
                "@id": routes.data(site, "#catalogo"),
                "@type": "dcat:Catalog",
                "dct:title": _each(words, "files.catalogue", facts),
                "dct:description": [_said(w("files.series_about"), language) for language, w in words.items()],
                "dct:publisher": {"@id": f"{site}#institucion"},
                "dct:license": {"@id": facts["licence"]["path"]},
                "dct:language": [{"@id": w("language.iri")} for w in words.values()],
                "dct:modified": _date(str(newest.release["published"])),
                "foaf:homepage": {"@id": site},
                "dcat:dataset": [{"@id": d["@id"]} for d in (series, *datasets)],
            },
            {
                "@id": f"{site}#institucion",
                "@type": ["foaf:Agent", "foaf:Organization"],
                "foaf:name": [_said(words[language].of(facts["name"]), language) for language in words],
                "foaf:homepage": {"@id": site},
            },
            {
                "@id": f"{site}#contacto",
                "@type": "vcard:Organization",
                "vcard:fn": [_said(words[language].of(facts["unit"]), language) for language in words],
                "vcard:hasEmail": {"@id": f"mailto:{facts['email']}"},
            },
            series,
            *datasets,
        ],
    }  # fmt: skip


def _dcat_edition(
    package: Package, tables: Mapping[str, Table], files: Mapping[str, tuple[int, str]], facts: Facts, words: Words
) -> list[dict[str, Any]]:
    """The edition as a dataset, then each of its tables as a part of it."""
    base = routes.file(facts["url"], package.edition)
    common = {
        "dct:publisher": {"@id": f"{facts['url']}#institucion"},
        "dcat:contactPoint": {"@id": f"{facts['url']}#contacto"},
        "dct:license": {"@id": facts["licence"]["path"]},
        "dct:issued": _date(str(package.release["published"])),
        "dct:language": [{"@id": w("language.iri")} for w in words.values()],
    }
    note = package.release.get("note") or {}
    edition: dict[str, Any] = {
        "@id": base,
        "@type": "dcat:Dataset",
        "dct:identifier": package.descriptor["name"],
        "dct:title": [_said(f"{words[la].of(facts['name'])}, {package.edition}", la) for la in words],
        "dct:description": _each(words, "files.abstract", facts),
        "dcat:version": package.descriptor["version"],
        **({"adms:versionNotes": _spoken(note)} if note else {}),
        "dcat:keyword": [
            _said(word, language) for language, w in words.items() for word in w("files.keywords").split(",")
        ],
        "dct:accrualPeriodicity": {"@id": _FREQUENCY},
        **_temporal({p for t in tables.values() for p in t.periods}),
        **common,
        **(
            {"dct:spatial": {"@type": "dct:Location", "dct:title": _spoken(facts["place"])}} if "place" in facts else {}
        ),
        "dcat:landingPage": {"@id": facts["url"] + routes.OPEN_DATA},
        "dct:hasPart": [{"@id": f"{base}tables/{name}"} for name in tables],
        "dcat:distribution": [
            _distribution(base, path, files[path])
            for path in files
            if "/" not in path and path.endswith((".zip", ".pdf"))
        ],
    }
    if package.release.get("amends"):
        edition["dcat:previousVersion"] = {"@id": routes.file(facts["url"], str(package.release["amends"]))}
    parts = [
        {
            "@id": f"{base}tables/{name}",
            "@type": "dcat:Dataset",
            "dct:identifier": f"{package.descriptor['name']}-{name}",
            "dct:title": _spoken(table.title),
            "dct:description": _spoken(table.note) if table.note else _spoken(table.title),
            "dct:isPartOf": {"@id": base},
            **_temporal(set(table.periods)),
            **common,
            "dcat:distribution": [
                _distribution(base, path, files[path])
                for path in files
                if re.fullmatch(rf"tables/{name}(\.[a-z]{{2}})?\.(csv|xlsx|parquet|json)", path)
            ],
        }
        for name, table in tables.items()
    ]
    return [edition, *parts]


def _distribution(base: str, path: str, file: tuple[int, str]) -> dict[str, Any]:
    size, digest = file
    return {
        "@id": base + path,
        "@type": "dcat:Distribution",
        "dct:title": path.rpartition("/")[2],
        "dcat:downloadURL": {"@id": base + path},
        "dcat:accessURL": {"@id": base + path},
        "dcat:mediaType": {"@id": IANA + MEDIA[path.rpartition(".")[2]]},
        "dcat:byteSize": {"@value": str(size), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": digest, "@type": "xsd:hexBinary"},
        },
        **({"dct:conformsTo": {"@id": "https://www.w3.org/TR/tabular-data-model/"}} if path.endswith(".csv") else {}),
    }


def _temporal(codes: set[str]) -> dict[str, Any]:
    """Nothing for a table that has no period yet."""
    if not codes:
        return {}
    first, last = span(codes)
    days = {"@type": "dct:PeriodOfTime", "dcat:startDate": _date(first), "dcat:endDate": _date(last)}
    return {"dct:temporal": days}


def span(codes: Iterable[str]) -> tuple[str, str]:
    """First and last day that time codes cover."""
    months = sorted(month for code in codes for month in periods.months_of(code))
    return f"{months[0]}-01", last_day(months[-1])


def last_day(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return f"{month}-{[31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][number - 1]}"


def _date(iso: str) -> dict[str, str]:
    return {"@value": iso, "@type": "xsd:date"}


def _said(text: str, language: str) -> dict[str, str]:
    return {"@value": text, "@language": language}


def _each(words: Words, key: str, facts: Facts) -> list[dict[str, str]]:
    return [_said(w(key, publisher=w.of(facts["name"])), language) for language, w in words.items()]


# schema.org, citation, readme ----------------------------------------------------------------------------------------


def schema_org(package: Package, table: Table, plan: Plan, words: Texts) -> dict[str, Any]:
    """A table as schema.org/Dataset, for the page that shows it in the language of `words`."""
    facts, first = plan.facts, plan.languages[0]
    base = routes.file(facts["url"], package.edition)
    page = facts["url"] + routes.language_folder(words.language, first) + routes.table(plan, table.id)
    publisher = {"@type": "GovernmentOrganization", "name": words.of(facts["name"]), "url": facts["url"]}
    covered = {"temporalCoverage": "/".join(span(table.periods))} if table.periods else {}
    book = f"{table.id}.xlsx" if words.language == first else f"{table.id}.{words.language}.xlsx"
    files = (f"{table.id}.csv", book, f"{table.id}.parquet", f"{table.id}.json")
    about = f"{words.of(table.title)}. {words.of(table.note) if table.note else ''} " + words(
        "files.abstract", publisher=words.of(facts["name"])
    )
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{base}tables/{table.id}",
        "name": f"{words.of(table.title)} · {words.of(facts['short_name'])}",
        "description": re.sub(r"\s+", " ", about).strip(),
        "url": page,
        "inLanguage": words.language,
        "identifier": f"{package.descriptor['name']}-{table.id}",
        "version": package.descriptor["version"],
        "datePublished": str(package.release["published"]),
        "dateModified": str(package.release["published"]),
        **covered,
        **({"spatialCoverage": {"@type": "Place", "name": words.of(facts["place"])}} if "place" in facts else {}),
        "license": facts["licence"]["path"],
        "isAccessibleForFree": True,
        "keywords": words("files.keywords").split(","),
        "creator": publisher,
        "publisher": publisher,
        "variableMeasured": [
            {"@type": "PropertyValue", "name": name, "description": words.of(text)}
            for name, text in table.measures.items()
        ],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": words("files.catalogue", publisher=words.of(facts["name"])),
            "url": routes.data(facts["url"], "catalog.jsonld"),
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": MEDIA[file.rpartition(".")[2]],
                "contentUrl": f"{base}tables/{file}",
            }
            for file in files
        ],
    }


def citation(package: Package, facts: Facts, words: Texts) -> str:
    """CITATION.cff of an edition, in one language."""
    content = {
        "cff-version": "1.2.0",
        "message": words("files.citation_message"),
        "type": "dataset",
        "title": f"{words('files.series', publisher=words.of(facts['name']))}, {package.edition}",
        "abstract": words("files.abstract", publisher=words.of(facts["name"])),
        "authors": [{"name": words.of(facts["name"]), "website": facts["url"], "email": facts["email"]}],
        "version": package.descriptor["version"],
        "date-released": str(package.release["published"]),
        "url": routes.file(facts["url"], package.edition),
        "license-url": facts["licence"]["path"],
        "keywords": words("files.keywords").split(","),
    }
    return str(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120))


def readme(package: Package, facts: Facts, words: Texts) -> str:
    """What a person reads first in the zip."""
    counted = package.release["tables"].values()
    return words(
        "files.readme",
        title=plain(f"{words.of(facts['name'])}: {package.edition}"),
        note=plain(words.of(package.release["note"])) if package.release.get("note") else "",
        edition=package.edition,
        date=words.day(str(package.release["published"])),
        cut_off=words.period(str(package.release["cut_off"])),
        unit=plain(words.of(facts["unit"])),
        email=facts["email"],
        licence=plain(words.of(facts["licence"]["title"])),
        licence_path=facts["licence"]["path"],
        url=routes.file(facts["url"], package.edition),
        tables=len(package.tables),
        withheld=words.number(sum(t["withheld"] for t in counted)),
        cells=words.number(sum(t["cells"] for t in counted)),
    )
