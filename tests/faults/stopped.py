"""A run that must stop: with its own words in both languages, its exit code, no value, and nothing left or changed."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli.commands import publish
from pipeline.cli.console import Teller
from pipeline.cli.errors import MESSAGES
from pipeline.cli.main import main
from pipeline.model.findings import EXIT_CODES
from pipeline.wording import texts
from pipeline.wording.texts import Texts
from tests.conftest import TINY, content

SECRET = "SecretoDeMaria"
"""Planted where the input goes wrong; it must never come back, in no message and in no file."""
WORDS = texts.load(MESSAGES, ("es", "en"))


@dataclass(frozen=True)
class Ending:
    """The exit code of a run and what it showed."""

    code: int
    out: str
    err: str


def ends(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Mapping[str, Ending]:
    """Publishes once, and lets what stopped it be told in each language.

    An error carries facts; words are put in where the command ends, which is gone through in every language.
    """
    run, stopped = publish.run, list[BaseException]()

    def once(options: argparse.Namespace, say: Texts, tell: Teller) -> int:
        if stopped:
            raise stopped[0]
        try:
            return run(options, say, tell)
        except BaseException as error:
            stopped.append(error)
            raise

    shown = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "run", once)
        for language in WORDS:
            code = main(["publish", *arguments, "--lang", language])
            shown[language] = Ending(code, *capsys.readouterr())
    return shown


def stops(
    raw: Path,
    published: Path,
    capsys: pytest.CaptureFixture[str],
    where: str,
    rule: str,
    *,
    column: str = "",
    rows: str = "",
    code: int = EXIT_CODES["records"],
    secrets: Sequence[str] = (SECRET,),
    institute: Path = TINY,
    more: Sequence[str] = (),
) -> None:
    """Publishes, and looks at what was told in Spanish and in English, left behind and published."""
    before, inputs = content(published) if published.is_dir() else {}, set(raw.rglob("*"))
    given = ["--institute", str(institute), "--raw", str(raw), "--published", str(published), "--edition", "2025-T4"]
    for language, shown in ends([*given, *more], capsys).items():
        say = WORDS[language]
        assert shown.code == code
        place = where + (say("places.column", column=column) if column else "")
        place += say("places.row", rows=rows) if rows else ""
        start = say.words[f"rules.{rule}"].partition("{")[0]
        assert f"  · {place}" in shown.err, shown.err
        told = [line for line in shown.err.splitlines() if line.startswith(f"  · {place}")]
        assert any(f": {start}" in line for line in told), shown.err
        heads = [kind for kind, number in EXIT_CODES.items() if number == code]
        assert say.words[f"errors.{heads[0]}"].partition("{")[0] in shown.err
        assert say(f"after.{heads[0]}", state=say("untouched")) in shown.err.splitlines()
        assert "Traceback" not in shown.err
        assert say("rules.other", rule=rule) not in shown.err
        assert shown.out == ""
        assert not [secret for secret in secrets if secret in shown.err]
    assert (content(published) if published.is_dir() else {}) == before
    left = {*raw.rglob("*"), *Path(tempfile.gettempdir()).rglob("*")} - inputs
    assert not [p for p in left if p.is_file() and any(s.encode() in p.read_bytes() for s in secrets)]
