"""The questions of `celosia new` at a terminal: a line to write, or a list to choose from where an answer is one of a few."""

from __future__ import annotations

from pipeline.cli.console import Teller, complain
from pipeline.cli.errors import worded
from pipeline.model.findings import PipelineError
from pipeline.wording.texts import Texts
from pipeline.workflows import new


def asker(say: Texts, tell: Teller) -> new.Ask:
    """Asks whoever sits at this terminal; Ctrl-D ends the questions, Ctrl-C the run."""
    import questionary  # nobody waits for it who is not asked

    def several(words: str, listed: list[questionary.Choice]) -> str:
        chosen = questionary.checkbox(
            words, listed, instruction=say("questions.several"), erase_when_done=True
        ).unsafe_ask()
        labels = ", ".join(str(each.title) for each in listed if each.value in chosen)
        tell.result(f"? {words} {labels}")  # what the library says of an answered list is English
        return " ".join(chosen)

    def ask(name: str, wrong: PipelineError | None) -> str | None:
        for finding in wrong.findings if wrong else ():
            complain(f"  {worded(finding, say)}")
        words = say(f"questions.{name}")
        offered, marked = new.choices(name, say.language)
        listed = [questionary.Choice(label, each, checked=each in marked) for each, label in offered.items()]
        try:
            if name in new.LISTS and listed:
                return several(words, listed)
            question = (
                questionary.select(words, listed, instruction=say("questions.one"))
                if listed
                else questionary.text(words)
            )
            return str(question.unsafe_ask())
        except EOFError:
            return None

    return ask
