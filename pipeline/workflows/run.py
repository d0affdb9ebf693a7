"""What a run is asked to publish, and how. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.confidential.deliveries.plausibility import Acceptance
from pipeline.institute.plan import Plan
from pipeline.wording.texts import Texts

Tell = Callable[..., None]
"""Progress: `tell(step, **facts)`; only `cli` turns it into words."""


@dataclass(frozen=True)
class Run:
    """One edition to publish: the institute, the folders of records and of editions, which edition, words by language.

    `quarantine`: share of rows that may be refused and set aside. `master`: address of a Spark cluster that counts, empty
    for DuckDB. `keep`: whether the workspace with the records stays. `draft`: a folder in which the edition is written
    instead, as a draft that takes the place of an earlier one and of which nothing is kept beside the records. `accept`:
    what may differ from the last delivery, and who says so. `sign`: the private key with which the edition is signed.
    """

    plan: Plan
    raw: Path
    published: Path
    edition: str
    texts: Mapping[str, Texts]
    effort: str = "normal"
    quarantine: float = 0.0
    master: str = ""
    keep: bool = False
    draft: Path | None = None
    accept: Acceptance | None = None
    sign: Path | None = None

    @property
    def again(self) -> bool:
        """Whether the edition was published before, so that its bytes must be the same."""
        return (self.published / self.edition).is_dir()
