"""`celosia sample`: synthetic records in the form in which the institute's own files come. Writes files."""

from __future__ import annotations

from pathlib import Path

from pipeline.institute.plan import Plan
from pipeline.model.findings import Finding, PipelineError
from pipeline.synthetic import generator


def check(plan: Plan) -> None:
    """Raises PipelineError("plan") with every mistake of sample.yaml, which nothing that is published reads."""
    generator.read_habits(plan)


def write(plan: Plan, raw: Path, *, seed: int, rows: int, force: bool = False) -> dict[str, int]:
    """Writes synthetic records into `raw`, in the form in which the institute's own files come."""
    drawn = generator.sample(plan, seed=seed, rows=rows, habits=generator.read_habits(plan))
    written = generator.delivered(plan, drawn, seed=seed)
    content = {
        raw / _written_to(plan, name): frame.to_csv(index=False, lineterminator="\n").encode()
        for name, frame in written.items()
    }
    if not force:
        kept = [path for path, text in content.items() if path.exists() and path.read_bytes() != text]
        if kept:
            raise PipelineError("records", [Finding.of(path.name, "would_overwrite") for path in kept])
    raw.mkdir(parents=True, exist_ok=True)
    for path, text in content.items():
        path.write_bytes(text)
    return {path.name: text.count(b"\n") - 1 for path, text in content.items()}


def _written_to(plan: Plan, resource: str) -> str:
    """The file of a sample: the first that the institute describes, if that is a CSV."""
    pattern = plan.sources[resource].origins[0].pattern
    if not pattern.endswith(".csv"):
        raise PipelineError("plan", [Finding.of(f"sources.yaml:{resource}.files", "sample_is_csv")])
    return pattern.replace("*", "")
