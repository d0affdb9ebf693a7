"""The verbs and options of the command, and what argparse says of a wrong order, in the language of the operator."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from pipeline.model.findings import EXIT_CODES
from pipeline.wording.texts import Texts, packs

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

LANGUAGES = ("es", "en")
"""Languages of the messages. Those of a site are the packs of `site/texts`."""
SERVES = ("personas", "mujeres")


def language_of(given: Sequence[str]) -> str:
    for number, argument in enumerate(given):
        if argument.startswith("--lang="):
            return argument[7:] if argument[7:] in LANGUAGES else LANGUAGES[0]
        if argument == "--lang" and given[number + 1 : number + 2] and given[number + 1] in LANGUAGES:
            return given[number + 1]
    return LANGUAGES[0]


def parser(say: Texts) -> argparse.ArgumentParser:
    """The command with its verbs, every word in one language."""
    kind = _kind(say)
    codes = "  ".join(f"{code}={say(f'exit_codes.{kind}')}" for kind, code in EXIT_CODES.items())
    whole = kind(prog="celosia", description=say("help.celosia"), epilog=say("help.exit_codes", codes=codes))
    verbs = whole.add_subparsers(dest="verb", required=True, metavar=say("help.verb"))
    shared = _shared(kind, say)
    _add_beginnings(verbs, shared, say)
    _add_publishing(verbs, shared, say)
    _add_published(verbs, shared, say)
    return whole


def _kind(say: Texts) -> type[argparse.ArgumentParser]:
    """A parser that speaks the language of `say`."""

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            self.print_usage(sys.stderr)
            self.exit(EXIT_CODES["usage"], f"{say('errors.usage')} {_misused(message, say)}\n{say('after.usage')}\n")

        def format_help(self) -> str:
            self._positionals.title, self._optionals.title = say("help.arguments"), say("help.options")
            for action in self._actions:
                if action.dest == "help":
                    action.help = say("help.help")
            return super().format_help().replace("usage:", say("help.usage"), 1)

        def format_usage(self) -> str:
            return super().format_usage().replace("usage:", say("help.usage"), 1)

    return Parser


class _Shared(NamedTuple):
    """Options that several verbs have: in all; of records; of how they are read; of what is published."""

    common: argparse.ArgumentParser
    raw: argparse.ArgumentParser
    reading: argparse.ArgumentParser
    aside: argparse.ArgumentParser
    published: argparse.ArgumentParser


def _shared(kind: type[argparse.ArgumentParser], say: Texts) -> _Shared:
    common, raw, reading, aside, published = shared = _Shared(*(kind(add_help=False) for _ in _Shared._fields))
    common.add_argument("--institute", type=Path, default=Path("institute"), metavar="DIR", help=say("help.institute"))
    common.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=say("help.lang"))
    common.add_argument("--quiet", action="store_true", help=say("help.quiet"))
    common.add_argument("--log-json", type=Path, metavar="FILE", help=say("help.log_json"))
    raw.add_argument("--raw", type=Path, default=Path("data/raw"), metavar="DIR", help=say("help.raw"))
    reading.add_argument("--keep", action="store_true", help=say("help.keep"))
    reading.add_argument("--show-values", action="store_true", help=say("help.show_values"))
    aside.add_argument("--quarantine", type=share, default=0.0, metavar="RATE", help=say("help.quarantine"))
    published.add_argument(
        "--published", type=Path, default=Path("data/published"), metavar="DIR", help=say("help.published")
    )
    return shared


def _add_beginnings(verbs: Verbs, shared: _Shared, say: Texts) -> None:
    """Verbs of who begins: a folder of an institute, a draft of one, synthetic records."""
    verb = verbs.add_parser("new", parents=[shared.common], help=say("help.new"))
    verb.add_argument("folder", nargs="?", type=Path, metavar="DIR", help=say("help.new_folder"))
    verb.add_argument("--name", help=say("help.new_name"))
    verb.add_argument("--place", help=say("help.new_place"))
    verb.add_argument("--languages", nargs="+", choices=packs(), help=say("help.new_languages"))
    verb.add_argument("--serves", choices=SERVES, help=say("help.new_serves"))
    verb.add_argument("--records", nargs="+", metavar="NAME", help=say("help.new_types"))
    verb.add_argument("--zones", nargs="+", metavar="NAME", help=say("help.new_zones"))
    verb.add_argument("--threshold", type=int, metavar="N", help=say("help.new_threshold"))
    verb.add_argument("--edition", metavar="ID", help=say("help.new_first"))
    verb.add_argument("--first-month", metavar="AAAA-MM", help=say("help.new_first_month"))

    verb = verbs.add_parser("infer", parents=[shared.common], help=say("help.infer"))
    verb.add_argument("files", nargs="+", metavar="FILE", help=say("help.infer_files"))
    verb.add_argument("--table", nargs="+", default=[], metavar="NAME", help=say("help.infer_table"))
    verb.add_argument("--password", default="", metavar="VARIABLE", help=say("help.infer_password"))
    verb.add_argument("--name", default="Instituto", help=say("help.new_name"))
    verb.add_argument("--place", default="", help=say("help.new_place"))
    verb.add_argument("--called", nargs="+", default=[], metavar="NAME", help=say("help.infer_called"))
    verb.add_argument("--languages", nargs="+", choices=packs(), default=["es"], help=say("help.new_languages"))
    verb.add_argument("--threshold", type=int, default=5, metavar="N", help=say("help.new_threshold"))

    verb = verbs.add_parser("sample", parents=[shared.common, shared.raw], help=say("help.sample"))
    verb.add_argument("--seed", type=int, default=1, metavar="N", help=say("help.seed"))
    verb.add_argument("--rows", type=int, default=12_000, metavar="N", help=say("help.rows"))
    verb.add_argument("--force", action="store_true", help=say("help.force"))


def _add_publishing(verbs: Verbs, shared: _Shared, say: Texts) -> None:
    """Verbs that need the records, and the comparison before a publication."""
    verbs.add_parser("check", parents=[shared.common, shared.raw, shared.reading, shared.aside], help=say("help.check"))

    verb = verbs.add_parser(
        "publish",
        parents=[shared.common, shared.raw, shared.reading, shared.aside, shared.published],
        help=say("help.publish"),
    )
    verb.add_argument("--edition", metavar="ID", help=say("help.edition"))
    verb.add_argument("--amend", metavar="NOTE", help=say("help.amend"))
    verb.add_argument("--date", default="", metavar="AAAA-MM-DD", help=say("help.date"))
    verb.add_argument("--effort", choices=("quick", "normal", "best"), default="normal", help=say("help.effort"))
    verb.add_argument("--draft", type=Path, metavar="DIR", help=say("help.draft"))
    verb.add_argument("--accept", nargs="+", default=[], metavar="NAME", help=say("help.accept"))
    verb.add_argument("--who", default="", help=say("help.who"))
    verb.add_argument("--why", default="", help=say("help.why"))
    verb.add_argument("--sign", type=Path, metavar="FILE", help=say("help.sign"))
    verb.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb", help=say("help.engine"))
    verb.add_argument("--master", default="local[*]", metavar="URL", help=say("help.master"))

    verb = verbs.add_parser(
        "protect", parents=[shared.common, shared.raw, shared.aside, shared.published], help=say("help.protect")
    )
    verb.add_argument("--edition", metavar="ID", help=say("help.edition"))
    verb.add_argument("--effort", choices=("quick", "normal", "best"), default="quick", help=say("help.effort"))
    verb.add_argument("--explain", action="store_true", help=say("help.explain"))
    verb.add_argument("--tables", nargs="+", default=[], metavar="ID", help=say("help.tables"))
    verb.add_argument("--most", type=int, default=3, metavar="N", help=say("help.most"))

    verb = verbs.add_parser("diff", parents=[shared.common, shared.published], help=say("help.diff"))
    verb.add_argument("folders", nargs="*", type=Path, metavar="DIR", help=say("help.diffed"))
    verb.add_argument("--most", type=int, default=20, metavar="N", help=say("help.figures"))
    verb.add_argument("--page", type=Path, metavar="FILE", help=say("help.page"))


def _add_published(verbs: Verbs, shared: _Shared, say: Texts) -> None:
    """Verbs of what is published."""
    verb = verbs.add_parser("audit", parents=[shared.common, shared.published], help=say("help.audit"))
    verb.add_argument("folders", nargs="*", type=Path, metavar="DIR", help=say("help.folders"))
    verb.add_argument("--signers", type=Path, metavar="FILE", help=say("help.signers"))
    verb.add_argument("--witnesses", type=Path, metavar="FILE", help=say("help.witnesses"))

    verb = verbs.add_parser("verify", parents=[shared.common, shared.raw, shared.published], help=say("help.verify"))
    verb.add_argument("--edition", metavar="ID", help=say("help.edition"))
    verb.add_argument("--records", action="store_true", help=say("help.records"))

    verb = verbs.add_parser("pages", parents=[shared.common, shared.published], help=say("help.pages"))
    verb.add_argument("--output", type=Path, default=Path("site/_build"), metavar="DIR", help=say("help.output"))
    verb.add_argument("--check", action="store_true", help=say("help.check_pages"))


def share(text: str) -> float:
    """A part of one, as an option gives it."""
    if not 0 <= (value := float(text)) <= 1:  # not a number is neither
        raise ValueError
    return value


_MISUSES = {
    "choice": r"argument (?P<name>[^:]+): invalid choice: (?P<given>.+) \(choose from (?P<allowed>.+)\)",
    "number": r"argument (?P<name>[^:]+): invalid (?:int|float) value: (?P<given>.+)",
    "share": r"argument (?P<name>[^:]+): invalid share value: (?P<given>.+)",
    "no_value": r"argument (?P<name>[^:]+): expected (?:one|at least one) argument",
    "missing": r"the following arguments are required: (?P<name>.+)",
    "unknown": r"unrecognized arguments: (?P<name>.+)",
    "ambiguous": r"ambiguous option: (?P<name>\S+) could match (?P<allowed>.+)",
    "too_much": r"argument (?P<name>[^:]+): ignored explicit argument .+",
}
"""What argparse says, in English only, when an order is not understood."""


def _misused(message: str, say: Texts) -> str:
    """Its message in the operator's language."""
    for key, pattern in _MISUSES.items():
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return say(f"usage.{key}", **found.groupdict())
    return f"({message})"
