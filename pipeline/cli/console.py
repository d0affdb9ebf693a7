"""What a run says: progress to standard error, its result to standard output, tables as wide as the screen."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.wording.texts import Texts

if TYPE_CHECKING:
    from rich.status import Status
    from rich.table import Table


class Teller:
    """What a run says: progress to standard error, a spinner on a terminal and plain lines elsewhere, and its result to
    standard output. What cannot be written does not stop the run: `lost` is the number of the system's error."""

    def __init__(self, say: Texts, *, quiet: bool = False) -> None:
        self.say, self.quiet = say, quiet
        self.lost = 0
        self.step = ""
        self._status: Status | None = None

    def __call__(self, step: str, **facts: object) -> None:
        self.step = step
        if self.quiet or sys.stderr is None:
            return
        numbers = {name: self.say.number(fact) for name, fact in facts.items() if isinstance(fact, int)}
        text = self.say(f"steps.{step}", **{**facts, **numbers})
        if not sys.stderr.isatty():
            complain(text)
        elif self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False).status(text)
            self._status.start()
        else:
            self._status.update(text)

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


def complain(text: str) -> None:
    """A line on standard error; where that is full or closed, the exit code tells enough."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def on_a_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]], say: Texts, words: int) -> Table:
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


def drawn(table: Table) -> str:
    """A table as wide as the screen."""
    from rich.console import Console

    screen = Console(highlight=False)
    with screen.capture() as drawn:
        screen.print(table)
    return drawn.get().rstrip("\n")
