"""The command `celosia`: verbs, words and exit codes. The only module that prints or exits.

Every PipelineError becomes one line per finding, in the operator's language, and the exit code of its class; whatever
else goes wrong is reported without its text, which could hold a cell of the records.
"""

from __future__ import annotations

import argparse
import errno
import re
import signal
import sys
import tempfile
import threading
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import yaml

from pipeline import ROOT, SITE
from pipeline.institute.files import near
from pipeline.institute.load import load
from pipeline.institute.plan import ALL, Plan
from pipeline.model import working_folders
from pipeline.model.cells import NOT
from pipeline.model.findings import EXIT_CODES, Finding, PipelineError, of_the_system, plain
from pipeline.wording import texts as words
from pipeline.wording.texts import Texts
from pipeline.workflows import amendments

if TYPE_CHECKING:
    from rich.status import Status
    from rich.table import Table

    from pipeline.confidential.deliveries.plausibility import Delivery
    from pipeline.confidential.intake.formats.files import Form
    from pipeline.confidential.intake.ingest import Records
    from pipeline.confidential.protection.feasible import Way
    from pipeline.confidential.protection.table_redesign import Trial
    from pipeline.public.audit.audit import Audit
    from pipeline.public.edition.model import Package

# A verb loads what it needs and no more: `check` of a small file would else spend most of its time on loading.

LANGUAGES = ("es", "en")
MESSAGES = SITE / "texts" / "messages"
SHOWN = 20
"""Values of a column that `--show-values` lists, the most frequent ones."""
WAYS = ("coarser_time", "coarser_codes", "merged", "dropped")
"""What may be given up of a table, the least first, as findings name it."""
UNEXPECTED = 70
"""Exit code of a fault of the program itself (EX_SOFTWARE)."""


class Teller:
    """What a run says: progress to standard error, a spinner on a terminal and plain lines elsewhere, and its result to
    standard output. What cannot be written does not stop the run: `lost` is the number of the system's error."""

    def __init__(self, say: Texts, *, quiet: bool = False) -> None:
        self.say, self.quiet = say, quiet
        self.lost = 0
        self.step = ""
        self.ended = False
        """Whether somebody asked for the run to end."""
        self._status: Status | None = None

    def __call__(self, step: str, **facts: object) -> None:
        self.step = step
        if self.quiet or sys.stderr is None:
            return
        numbers = {name: self.say.number(fact) for name, fact in facts.items() if isinstance(fact, int)}
        text = self.say(f"steps.{step}", **{**facts, **numbers})
        if not sys.stderr.isatty():
            _complain(text)
        elif self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False).status(text)
            self._status.start()
        else:
            self._status.update(text)

    def end(self, *_: object) -> NoReturn:
        """Answers a signal by which somebody ends the run."""
        self.ended = True
        raise KeyboardInterrupt

    def stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    @property
    def state(self) -> str:
        """What became of the publication, in words."""
        return self.say("published" if self.step in ("office", "no_private_report") else "untouched")

    def result(self, text: str = "") -> None:
        """A line of the result."""
        try:
            if not self.lost:
                print(text)
        except OSError as error:
            self.lost = error.errno or errno.EIO

    def written(self) -> bool:
        """Whether all of the result is where it should be; who closes a pipe has read enough."""
        try:
            if sys.stdout is not None and not self.lost:
                sys.stdout.flush()
        except OSError as error:
            self.lost = error.errno or errno.EIO
        return self.lost in (0, errno.EPIPE)


def _complain(text: str) -> None:
    """A line on standard error; where that is full or closed, the exit code tells enough."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and returns the exit code of the process."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = _language(given)
    say = words.load(MESSAGES, [language])[language]
    options = _parser(say).parse_args(given)
    tell = Teller(say, quiet=options.quiet)
    code = _run(options, say, tell)
    if tell.written() or code:
        return code
    _complain(say("unsaid", code=EXIT_CODES["system"]))
    return EXIT_CODES["system"]


def _run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    # Whoever ends the process, or closes its terminal, is answered like Ctrl-C, so that no private folder stays behind.
    before = {}
    if threading.current_thread() is threading.main_thread():  # elsewhere signals cannot be handled
        endings = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        asked = [each for each in endings if signal.getsignal(each) is not signal.SIG_IGN]  # nohup
        before = {each: signal.signal(each, tell.end) for each in asked}
    try:
        _tidy(options)
        return int(VERBS[options.verb](options, say, tell))
    except PipelineError as error:
        return _interrupted(say, tell) if tell.ended else _stopped(error, say, tell)
    except KeyboardInterrupt:
        return _interrupted(say, tell)
    except Exception as error:
        if tell.ended:  # whatever a library makes of a signal
            return _interrupted(say, tell)
        if refused := of_the_system(error, options.verb):
            return _stopped(refused, say, tell)
        tell.stop()
        # The text of an unforeseen exception may quote a record: only its kind and place are told.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        _complain(say("unexpected", state=tell.state, kind=type(error).__name__, where=where))
        return UNEXPECTED
    finally:
        tell.stop()
        for each, answer in before.items():
            signal.signal(each, answer)


def _interrupted(say: Texts, tell: Teller) -> int:
    tell.stop()
    _complain(say("interrupted", state=tell.state))
    return 130


def _tidy(options: argparse.Namespace) -> None:
    """Removes what runs of this user left that were killed, whatever is asked for now."""
    working_folders.sweep(Path(tempfile.gettempdir()), working_folders.PRIVATE)
    if published := getattr(options, "published", None):
        from pipeline.public.edition import package

        package.sweep(published)


def _on_a_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _stopped(error: PipelineError, say: Texts, tell: Teller) -> int:
    tell.stop()
    _complain("\n".join(explain(error, say)))
    return error.exit_code


def explain(error: PipelineError, say: Texts) -> list[str]:
    """An error in words: what happened, each finding, and what to do."""
    lines = [say(f"errors.{error.kind}", count=len(error.findings), code=error.exit_code)]
    lines += [f"  · {_explain(finding, say)}" for finding in error.findings]
    lines.append(say(f"after.{error.kind}"))
    lines += [say(f"hints.{hint}", **facts) for hint, facts in error.hints.items()]
    return lines


def _explain(finding: Finding, say: Texts) -> str:
    """A finding as a line: the place, what is wrong there, and what comes near to what was meant."""
    facts = dict(finding.facts)
    if finding.rule.startswith("exposed_"):
        facts["cell"] = _cell({name: code for name, code in facts.items() if name not in ("rule", "editions")}, say)
    if finding.rule.startswith("no_safe_way"):
        ways = [say(f"ways.{way}", what=facts[way]) for way in WAYS if way in facts]
        facts["ways"] = say("ways.or").join([*ways, say("ways.wait")])
    if finding.rule.startswith("identity_"):
        facts |= {
            "what": say(f"identities.{facts['kind']}.what"),
            "instead": say(f"identities.{facts['kind']}.instead"),
        }
    if "periods" in facts:
        facts["periods"] = ", ".join(_code(code, say) for code in facts["periods"].split(", "))
    for fact, kind in (
        ("language", "languages"),
        ("wanted", "wanted"),
        ("got", "wanted"),
        ("why", "yaml"),
        ("broken", "broken"),
    ):
        if fact in facts:
            facts[fact] = _worded(facts[fact], kind, facts, say)
    place, row = finding.where, ROW.fullmatch(finding.where)
    if row:
        place = row[1] + say("places.row", rows=row[2])
    if "line" in facts:
        place += say("places.line", line=facts["line"])
    if "position" in facts:
        place += say("places.position", position=facts["position"])
    if "column" in facts:
        place += say("places.column", column=facts["column"])
    if "rows" in facts:
        place += _rows(say, facts["rows"], int(facts.get("count", "1")))
    elif "row" in facts:
        place += say("places.row", rows=facts["row"])
    key = f"rules.{finding.rule}"
    text = say(key, **facts) if say.has(key) else say("rules.other", rule=finding.rule)
    if "earlier" in facts:
        earlier = facts["earlier"] + _rows(say, facts["earlier_rows"], int(facts["earlier_count"]))
        text += say("places.spelled" if finding.rule == "key_variants" else "places.earlier", place=earlier)
    if "near" in facts:
        text += say("places.near", near=facts["near"])
    elif "known" in facts:
        text += say("places.known", known=facts["known"])
    return f"{place}: {text}"


ROW = re.compile(r"(.+\.csv):(\d+)")
"""A row of a file, as a finding names it."""


def _worded(given: str, kind: str, facts: Mapping[str, str], say: Texts) -> str:
    """One or several of our keys, comma-separated, in words; what has none is told as it is."""
    keys = [(name, f"{kind}.{name}") for name in given.split(", ")]
    return say("places.or").join(say(key, **facts) if say.has(key) else name for name, key in keys)


def _cell(codes: Mapping[str, str], say: Texts) -> str:
    """A cell in words."""
    parts = [say("places.code", name=name, code=_code(code, say)) for name, code in codes.items()]
    return ", ".join(parts) or say("places.total")


def _code(code: str, say: Texts) -> str:
    """A code as a person reads it; one that stands for all but others says so."""
    whole, _, others = code.partition(NOT)
    if not others:
        return code
    return say("places.but", whole=whole, others=others) if whole else say("places.not", others=others)


def _rows(say: Texts, rows: str, count: int) -> str:
    """Rows as a message tells them: the first few, and how many there are."""
    shown = say("places.and_more", rows=rows, count=count) if count > rows.count(",") + 1 else rows
    return say("places.rows" if count > 1 else "places.row", rows=shown)


def _language(given: Sequence[str]) -> str:
    for number, argument in enumerate(given):
        if argument.startswith("--lang="):
            return argument[7:] if argument[7:] in LANGUAGES else LANGUAGES[0]
        if argument == "--lang" and given[number + 1 : number + 2] and given[number + 1] in LANGUAGES:
            return given[number + 1]
    return LANGUAGES[0]


def _parser(say: Texts) -> argparse.ArgumentParser:
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

    common = Parser(add_help=False)
    common.add_argument("--institute", type=Path, default=ROOT / "institute", metavar="DIR", help=say("help.institute"))
    common.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=say("help.lang"))
    common.add_argument("--quiet", action="store_true", help=say("help.quiet"))
    raw = Parser(add_help=False)
    raw.add_argument("--raw", type=Path, default=ROOT / "data" / "raw", metavar="DIR", help=say("help.raw"))
    published = Parser(add_help=False)
    published.add_argument(
        "--published", type=Path, default=ROOT / "data" / "published", metavar="DIR", help=say("help.published")
    )
    codes = "  ".join(f"{code}={say(f'exit_codes.{kind}')}" for kind, code in EXIT_CODES.items())
    parser = Parser(
        prog="celosia",
        description=say("help.celosia"),
        epilog=say("help.exit_codes", codes=codes),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=say("help.verb"))

    verb = verbs.add_parser("sample", parents=[common, raw], help=say("help.sample"))
    verb.add_argument("--seed", type=int, default=1, metavar="N", help=say("help.seed"))
    verb.add_argument("--rows", type=int, default=12_000, metavar="N", help=say("help.rows"))
    verb.add_argument("--force", action="store_true", help=say("help.force"))

    reading = Parser(add_help=False)
    reading.add_argument("--keep", action="store_true", help=say("help.keep"))
    reading.add_argument("--show-values", action="store_true", help=say("help.show_values"))

    aside = Parser(add_help=False)
    aside.add_argument("--quarantine", type=share, default=0.0, metavar="RATE", help=say("help.quarantine"))

    verbs.add_parser("check", parents=[common, raw, reading, aside], help=say("help.check"))

    verb = verbs.add_parser("publish", parents=[common, raw, reading, aside, published], help=say("help.publish"))
    verb.add_argument("--edition", metavar="ID", help=say("help.edition"))
    verb.add_argument("--amend", metavar="NOTE", help=say("help.amend"))
    verb.add_argument("--date", default="", metavar="AAAA-MM-DD", help=say("help.date"))
    verb.add_argument("--effort", choices=("quick", "normal", "best"), default="normal", help=say("help.effort"))
    verb.add_argument("--draft", type=Path, metavar="DIR", help=say("help.draft"))
    verb.add_argument("--accept", nargs="+", default=[], metavar="NAME", help=say("help.accept"))
    verb.add_argument("--who", default="", help=say("help.who"))
    verb.add_argument("--why", default="", help=say("help.why"))
    verb.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb", help=say("help.engine"))
    verb.add_argument("--master", default="local[*]", metavar="URL", help=say("help.master"))

    verb = verbs.add_parser("protect", parents=[common, raw, aside, published], help=say("help.protect"))
    verb.add_argument("--edition", metavar="ID", help=say("help.edition"))
    verb.add_argument("--effort", choices=("quick", "normal", "best"), default="quick", help=say("help.effort"))
    verb.add_argument("--explain", action="store_true", help=say("help.explain"))
    verb.add_argument("--tables", nargs="+", default=[], metavar="ID", help=say("help.tables"))
    verb.add_argument("--most", type=int, default=3, metavar="N", help=say("help.most"))

    verb = verbs.add_parser("audit", parents=[common, published], help=say("help.audit"))
    verb.add_argument("folders", nargs="*", type=Path, metavar="DIR", help=say("help.folders"))
    verb.add_argument("--witnesses", type=Path, metavar="FILE", help=say("help.witnesses"))

    verb = verbs.add_parser("verify", parents=[common, raw, published], help=say("help.verify"))
    verb.add_argument("--edition", metavar="ID", help=say("help.edition"))
    verb.add_argument("--records", action="store_true", help=say("help.records"))

    verb = verbs.add_parser("pages", parents=[common, published], help=say("help.pages"))
    verb.add_argument("--output", type=Path, default=SITE / "_build", metavar="DIR", help=say("help.output"))
    verb.add_argument("--check", action="store_true", help=say("help.check_pages"))
    return parser


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


def _sample(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    from pipeline import flow

    plan = load(options.institute)
    written = flow.sample(plan, options.raw, seed=options.seed, rows=options.rows, force=options.force)
    for name, rows in written.items():
        tell.result(say("done.sample", file=name, rows=say.number(rows)))
    return 0


def _check(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    from pipeline.confidential.deliveries import plausibility
    from pipeline.confidential.storage.workspace import Store
    from pipeline.workflows.check import check, refuse

    plan = load(options.institute)
    compared = None
    with Store(keep=options.keep) as store:
        records, verdict = check(plan, options.raw, store, tell, set_aside=options.quarantine > 0)
        if not verdict.findings:
            compared = plausibility.delivery(records, verdict, plan, plan.editions[-1], options.raw, store)
    tell.stop()
    _say_read(plan, records, options, say, tell)
    if compared:
        _say_compared(compared, say, tell)
    refuse(records, verdict, options.quarantine)
    for name, found in records.items():
        key = "done.check_aside" if verdict.bad[name] else "done.check"
        tell.result(say(key, records=name, rows=say.number(found.rows), aside=say.number(verdict.bad[name])))
        _say_refused(verdict.rules[name], say, tell)
    return 0


def _say_refused(rules: Mapping[str, int], say: Texts, tell: Teller) -> None:
    for rule, count in rules.items():
        tell.result(say("done.refused", told=_broken(rule, say), count=say.number(count)))


def _say_compared(compared: Delivery, say: Texts, tell: Teller) -> None:
    """Records by period and cells that tell nothing, beside the last edition, and what is named for it."""
    from pipeline.confidential.deliveries import plausibility

    if compared.last:
        tell.result(say("done.compared", edition=compared.last.edition))
    for kind, facts in plausibility.told(compared):
        parts = [
            f"{what} {now}" + (say("done.before", before=before) if before else "") for what, now, before in facts.parts
        ]
        tell.result(say(f"done.compared_{kind}", records=facts.records, parts="; ".join(parts)))
    for finding in compared.findings:
        tell.result(f"  · {_explain(finding, say)}")


def _publish(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    from pipeline import flow
    from pipeline.confidential.deliveries.plausibility import Acceptance
    from pipeline.confidential.protection.table_redesign import shares

    accept = Acceptance(options.accept, options.who.strip(), options.why.strip())
    if accept.names and not (accept.who and accept.why):
        raise PipelineError("usage", [Finding.of("--accept", "accept_who_why")])
    plan = load(options.institute)
    amending = None
    if options.amend:
        out = [folder.name for folder in flow.edition_folders(options.published)]
        plan, amending = amendments.amended(plan, options.edition, options.amend, options.date, out)
    edition = amending.id if amending else options.edition or plan.editions[-1].id
    with amendments.recording(plan.folder, amending) if amending and not options.draft else nullcontext():
        done = flow.publish(
            plan,
            options.raw,
            options.published,
            edition,
            _site_texts(plan),
            tell,
            effort=options.effort,
            quarantine=options.quarantine,
            master=options.master if options.engine == "spark" else "",
            keep=options.keep,
            draft=options.draft,
            accept=accept if accept.names else None,
        )
    tell.stop()
    _say_read(plan, done.records, options, say, tell)
    for name, rows in done.accounting.items():
        numbers = {key: say.number(getattr(rows, key)) for key in ("read", "counted", "later", "rejected")}
        if rows.waiting:  # how many they are is told in the private report only
            kinds = say("done.kinds.and").join(say(f"done.kinds.{kind}") for kind in rows.waiting)
            facts = {"read": numbers["read"], "periods": ", ".join(rows.periods), "kinds": kinds}
            tell.result(say("done.rows_held", records=name, **facts))
        else:
            tell.result(say("done.rows", records=name, **numbers))
        _say_refused(rows.refused, say, tell)
    tell.result()
    tell.result(say("done.table_header"))
    told = shares(done.protection)
    names = [table.id for table in plan.at(plan.edition(edition)).tables]
    shown = [told[name] for name in names]
    lines = zip(names, shown, strict=True)
    whole = sum(withheld for withheld, _ in shown), sum(cells for _, cells in shown)
    for name, (withheld, cells) in (*lines, (say("done.total"), whole)):
        share = say.percent(withheld / max(cells, 1), 1)
        tell.result(f"  {name:<38}{say.number(cells):>7}{say.number(withheld):>8}{share:>10}")
    tell.result()
    tell.result(_said_of(done.audit, say))
    key = "done.draft" if options.draft else "done.unchanged" if done.unchanged else "done.publish"
    tell.result(say(key, edition=edition, folder=_short(done.folder)))
    return 0


def _protect(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    from pipeline import flow
    from pipeline.confidential.protection.table_redesign import shares

    plan = load(options.institute)
    known = {table.id for table in plan.tables}
    if unknown := set(options.tables) - known:
        wrong = [Finding.of("--tables", "unknown_table", name=name, **near(name, known)) for name in unknown]
        raise PipelineError("plan", wrong)
    asked = bool(options.explain or options.tables)
    edition = options.edition or plan.editions[-1].id
    found = flow.explain(
        plan,
        options.raw,
        options.published,
        edition,
        tell,
        effort=options.effort,
        tables=options.tables,
        most=max(options.most, 1) if asked else 0,
        quarantine=options.quarantine,
    )
    tell.stop()
    for change in found.foretold:
        key = ("waits" if change.waits else "counts") + ("_small" if change.tables else "")
        facts = {"records": change.records, "periods": ", ".join(change.periods), "tables": ", ".join(change.tables)}
        tell.result(say(f"explain.foretold.{key}", **facts))
    if found.protection is None:
        tell.result("\n".join(f"  · {_explain(finding, say)}" for finding in found.reasons))
        _say_way(found.way, found.attempts, plan, edition, say, tell)
        return EXIT_CODES["disclosure"]
    tell.result(_drawn(_shares(shares(found.protection), say)))
    if asked:
        tell.result(say("explain.tried", count=say.number(len(found.trials))))
        tell.result(_drawn(_trials(found.trials, say)))
        tell.result(say("explain.possible", edition=edition))
    return 0


def _say_way(way: Way | None, attempts: int, plan: Plan, edition: str, say: Texts, tell: Teller) -> None:
    """What can be published, as lines to write in the folder of the institute."""
    from pipeline.confidential.protection.feasible import entry

    numbers = {"edition": edition, "count": say.number(attempts)}
    if way is None:
        tell.result(say("explain.no_way", **numbers))
        return
    tell.result(say("explain.way", **numbers))
    told = sorted(table for table in way.without if way.without[table] != plan.edition(edition).without.get(table))
    whole = [table for table in told if way.without[table] == (ALL,)]
    for kind, names in (("left_out", whole), ("with_less", [table for table in told if table not in whole])):
        if names:
            tell.result(say(f"explain.{kind}", tables=", ".join(names)))
    tell.result(say("explain.write_without", edition=edition))
    without = {table: list(names) for table, names in way.without.items()}
    tell.result(f"    without: {_on_a_line(without)}")
    if way.added:
        tell.result(say("explain.write_tables"))
    for table in way.added.values():
        tell.result(f"- {_on_a_line(entry(table))}")
    tell.result(say("explain.then", edition=edition))


def _on_a_line(content: object) -> str:
    """Keys with values as YAML has them on one line."""
    return yaml.safe_dump(content, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10**6).strip()


def _shares(found: Mapping[str, tuple[int, int]], say: Texts) -> Table:
    columns = ["table", "cells", "withheld", "share"]
    rows = [[n, say.number(all_), say.number(q), say.percent(q / max(all_, 1), 1)] for n, (q, all_) in found.items()]
    return _table(columns, rows, say, words=1)


def _trials(trials: Sequence[Trial], say: Texts) -> Table:
    columns = ["table", "change", "won", "lost", "gone", "share"]
    rows = []
    for trial in trials:
        text = say(f"explain.changes.{trial.change}", **trial.facts)
        if trial.possible:
            numbers = [say.number(number) for number in (trial.won, trial.lost, trial.gone)]
            rows.append([trial.table, text, *numbers, say.percent(trial.withheld / max(trial.cells, 1), 1)])
        else:
            rows.append([trial.table, text, *["–"] * 4])
    return _table(columns, rows, say, words=2)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], say: Texts, words: int) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(
            say(f"explain.columns.{column}"), justify="left" if number < words else "right", no_wrap=not number
        )
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _drawn(table: Table) -> str:
    """A table as wide as the screen."""
    from rich.console import Console

    screen = Console(highlight=False)
    with screen.capture() as drawn:
        screen.print(table)
    return drawn.get().rstrip("\n")


def _say_read(
    plan: Plan, records: Mapping[str, Records], options: argparse.Namespace, say: Texts, tell: Teller
) -> None:
    """What each file turned out to be, and what nothing in sources.yaml matched; values on a terminal only."""
    from pipeline.confidential.intake.ingest import unread

    for name, found in records.items():
        for read in found.read:
            tell.result(say("done.read", file=plain(read.name), form=_form(read.form, say), rows=say.number(read.rows)))
            for column, told in read.said:
                tell.result(say(f"done.{told.rule}", column=column, **told.facts))
        for said, counts in (("recoded", found.recoded_until()), ("unmatched", found.unmatched)):
            for column, count in counts.items():
                tell.result(say(f"done.{said}", records=name, column=column, count=say.number(count)))
        if options.show_values and _on_a_terminal():
            for column, values in found.strange.items():
                shown = [f"{value!r} × {say.number(count)}" for value, count in Counter(values).most_common(SHOWN)]
                tell.result(say("done.values", records=name, column=column, values=", ".join(shown)))
    others = unread(plan, options.raw, {read.name for found in records.values() for read in found.read})
    if others:
        tell.result(say("done.unread", count=say.number(len(others)), files=plain(", ".join(others[:SHOWN]))))
    if options.show_values and not _on_a_terminal():
        tell.result(say("done.values_hidden"))
    if options.keep:
        folders = {found.path.parent for found in records.values()}
        tell.result(say("done.kept", folder=", ".join(map(str, sorted(folders)))))


def _form(form: Form, say: Texts) -> str:
    """A form in words: «CSV en UTF-8, separado por «;»»."""
    key = f"encodings.{form.encoding}"
    encoding = say(key) if say.has(key) else form.encoding
    delimiter = say("forms.tab") if form.delimiter == "\t" else form.delimiter
    kind = f"forms.{form.format}" if say.has(f"forms.{form.format}") else "forms.database"
    words = say(kind, format=form.format, encoding=encoding, delimiter=delimiter)
    return say("forms.packed", form=words) if form.packed else words


def _audit(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    from pipeline import flow

    folders = options.folders or flow.edition_folders(options.published)
    if not folders:
        raise PipelineError("package", [Finding.of(str(options.published), "no_edition")])
    editions = flow.read(folders, tell)
    found = flow.audit(editions, tell)
    tell.stop()
    if found.exposures:
        raise PipelineError("disclosure", [exposure.finding() for exposure in found.exposures])
    tell.result(_said_of(found, say))
    if options.witnesses:
        return _verified(editions, found.editions[-1], options.witnesses, say, tell)
    return 0


def _verify(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    from pipeline import flow

    editions = flow.read(flow.edition_folders(options.published), tell)
    if not editions:
        raise PipelineError("package", [Finding.of(str(options.published), "no_edition")])
    edition = options.edition or editions[-1].edition
    _verified(editions, edition, flow.witnesses_of(options.raw, edition), say, tell)
    if options.records:
        found = flow.verify_records(load(options.institute), options.raw, options.published, edition, tell)
        tell.stop()
        numbers = {key: say.number(getattr(found, key)) for key in ("cells", "reached", "sets", "changes")}
        tell.result(say("done.verify_records", **numbers))
        if found.path:
            tell.result(say("done.made_up", file=found.path))
    return 0


def _verified(editions: Sequence[Package], edition: str, path: Path, say: Texts, tell: Teller) -> int:
    from pipeline import flow

    found = flow.verify(editions, edition, path, tell)
    tell.stop()
    if found.findings:
        raise PipelineError("disclosure", found.findings)
    numbers = {key: say.number(getattr(found, key)) for key in ("witnesses", "figures", "relations")}
    tell.result(say("done.verify", edition=edition, **numbers))
    return 0


def _pages(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    from pipeline import flow

    plan = load(options.institute)
    left = flow.review(plan)
    if options.check:
        tell.result(say("done.review", count=say.number(len(left))) if left else say("done.reviewed"))
        for finding in left:
            tell.result(f"  · {_explain(finding, say)}")
        return 0
    built = flow.build_pages(plan, options.published, options.output, tell)
    tell.stop()
    tell.result(say("done.pages", address=(built / "index.html").as_uri()))
    if left:
        tell.result(say("done.left", count=say.number(len(left))))
    return 0


def _site_texts(plan: Plan) -> Mapping[str, Texts]:
    return words.load(SITE / "texts", plan.languages)


def _broken(named: str, say: Texts) -> str:
    """Column and rule (`causa:enum`) in words: what is wrong, without what to do."""
    column, _, rule = named.rpartition(":")
    told = say(f"rules.{rule}").partition(";")[0] if say.has(f"rules.{rule}") else say("rules.other", rule=rule)
    return f"{say('places.column', column=column)}: {told}" if column else f": {told}"


def _said_of(audit: Audit, say: Texts) -> str:
    """What an audit counted: cells once each, and not table by table."""
    numbers = {"figures": audit.figures, "withheld": audit.withheld, "editions": len(audit.editions)}
    return say("done.audit", **{name: say.number(number) for name, number in numbers.items()})


def _short(path: Path) -> Path:
    """A path as the operator typed it would be: relative to where the command runs, when it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


VERBS = {
    "sample": _sample,
    "check": _check,
    "publish": _publish,
    "protect": _protect,
    "audit": _audit,
    "verify": _verify,
    "pages": _pages,
}
