"""Runs one verb and returns the exit code of the process.

Every PipelineError becomes one line per finding, in the operator's language, and the exit code of its class; whatever
else goes wrong is reported without its text, which could hold a cell of the records.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from pipeline.cli.console import Teller, complain
from pipeline.cli.errors import MESSAGES, explain
from pipeline.cli.parser import language_of, parser
from pipeline.cli.run_log import RunLog
from pipeline.model import working_folders
from pipeline.model.findings import EXIT_CODES, PipelineError, of_the_system
from pipeline.wording import texts as words
from pipeline.wording.texts import Texts

UNEXPECTED = 70
"""Exit code of a fault of the program itself (EX_SOFTWARE)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and returns the exit code of the process."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = language_of(given)
    say = words.load(MESSAGES, [language])[language]
    options = parser(say).parse_args(given)
    tell = Teller(say, quiet=options.quiet)
    try:
        if options.log_json:
            tell.log = RunLog.opened(options.log_json)
            tell.log.start(options, given)
    except PipelineError as error:
        return _stopped(error, say, tell)
    code = _run(options, say, tell)
    if not tell.written() and not code:
        complain(say("unsaid", code=EXIT_CODES["system"]))
        code = EXIT_CODES["system"]
    if tell.log and not tell.log.end(code):
        complain(say("unlogged"))
    return code


def _run(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
    # Whoever ends the process, or closes its terminal, is answered like Ctrl-C, so that no private folder stays behind.
    before = {}
    if threading.current_thread() is threading.main_thread():  # elsewhere signals cannot be handled
        endings = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        asked = [each for each in endings if signal.getsignal(each) is not signal.SIG_IGN]  # nohup
        before = {each: signal.signal(each, tell.end) for each in asked}
    try:
        _tidy(options)
        # A verb loads what it needs and no more: `check` of a small file would else spend most of its time on loading.
        command = importlib.import_module(f"pipeline.cli.commands.{options.verb}")
        return int(command.run(options, say, tell))
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
        import traceback  # not before there is something to trace

        # The text of an unforeseen exception may quote a record: only its kind and place are told.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        if tell.log:
            tell.log.unexpected(type(error).__name__, where)
        complain(say("unexpected", state=tell.state, kind=type(error).__name__, where=where))
        return UNEXPECTED
    finally:
        tell.stop()
        for each, answer in before.items():
            signal.signal(each, answer)


def _interrupted(say: Texts, tell: Teller) -> int:
    tell.stop()
    complain(say("interrupted", state=tell.state))
    return 130


def _tidy(options: argparse.Namespace) -> None:
    """Removes what runs of this user left that were killed, whatever is asked for now."""
    working_folders.sweep(Path(tempfile.gettempdir()), working_folders.PRIVATE)
    if published := getattr(options, "published", None):
        from pipeline.public.edition import publication

        publication.sweep(published)


def _stopped(error: PipelineError, say: Texts, tell: Teller) -> int:
    tell.stop()
    if tell.log:
        tell.log.stopped(error)
    complain("\n".join(explain(error, say, tell.state)))
    return error.exit_code
