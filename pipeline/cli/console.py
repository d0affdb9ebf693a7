"""What a run says: progress to standard error, its result to standard output, tables as wide as the screen."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from pipeline.cli.run_log import RunLog
from pipeline.wording.texts import Texts

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table


STATES = {
    "swap": "either_edition",
    "swap_draft": "either_draft",
    "office": "published",
    "no_private_report": "published",
    "exchange": "either_site",
    "placed": "new_site",
}
"""Step → what may have changed once it is told, true until the next one is; before those nothing has."""
LONG = 20
"""Parts from which on a step is told again at its half, where there is no terminal."""


NOTED = ("held", "no_private_report")
"""Steps that are more than progress: what they say stays on the screen."""


class Teller:
    """What a run says: progress to standard error, and its result to standard output.

    On a terminal progress is one line that changes: the step, and where its parts are known a bar and about how long it
    still takes. Elsewhere each step is a line of its own, told when it begins and, if it is long, at its half. What cannot
    be written does not stop the run: `lost` is the number of the system's error.
    """

    def __init__(self, say: Texts, *, quiet: bool = False) -> None:
        self.say, self.quiet = say, quiet
        self.lost = 0
        self.step = ""
        self.log: RunLog | None = None
        self.ended = False
        """Whether somebody asked for the run to end."""
        self._bar: Progress | None = None
        self._halves: dict[str, set[bool]] = {}

    def __call__(self, step: str, **facts: object) -> None:
        before, self.step = self.step, step
        if self.log and step != before:
            self.log.step(step, facts)
        if self.quiet or sys.stderr is None:
            return
        numbers = {name: self.say.number(fact) for name, fact in facts.items() if isinstance(fact, int)}
        text = self.say(f"steps.{step}", **{**facts, **numbers})
        done, of = facts.get("done"), facts.get("of")
        done = done if isinstance(done, int) else None
        of = of if isinstance(of, int) else None
        if step in NOTED:
            self.stop()
            complain(text)
        elif sys.stderr.isatty():
            self._shown(step != before, text, done, of)
        elif done is None and step != before:
            complain(text)
        elif done is not None:
            half = of is not None and of >= LONG and 2 * done >= of
            if half not in (told := self._halves.setdefault(step, set())):
                told.add(half)
                complain(text)

    def _shown(self, new: bool, text: str, done: int | None, of: int | None) -> None:
        """The step on its line of the terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

        if self._bar is None:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True, highlight=False), transient=True)
            self._bar.start()
        if new:
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(text, total=of)
        self._bar.update(self._bar.task_ids[0], description=text, completed=done, total=of)

    def end(self, *_: object) -> NoReturn:
        """Answers a signal by which somebody ends the run."""
        self.ended = True
        raise KeyboardInterrupt

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    @property
    def state(self) -> str:
        """What became of the publication, or of the site, in words."""
        return self.say(STATES.get(self.step, "untouched"))

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


def grid(titles: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> Table:
    """A table without lines. The first columns, as many as `words`, are words; the others numbers."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, title in enumerate(titles):
        table.add_column(title, justify="left" if number < words else "right", no_wrap=not number)
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def drawn(table: Table) -> str:
    """A table as wide as the terminal; where there is none as wide as it is, so that nothing of it is cut."""
    from rich.console import Console

    screen = Console(highlight=False, width=None if on_a_terminal() else WIDE)
    with screen.capture() as drawn:
        screen.print(table)
    return "\n".join(line.rstrip() for line in drawn.get().splitlines())


WIDE = 10_000
"""Characters of a line that no table reaches."""
