"""Where an institute names the key of its office, an edition that another hand changed is refused, however well its sums fit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import SITE, flow
from pipeline.cli.main import main
from pipeline.institute.load import load
from pipeline.institute.plan import Plan
from pipeline.institute.written import SigningKey
from pipeline.model.findings import PipelineError
from pipeline.public.edition import publication, reader, safe_files, signatures
from pipeline.public.site.staging import Staging
from pipeline.wording import texts
from pipeline.workflows import editions, signing
from pipeline.workflows.run import Run
from tests.conftest import TINY, silent, site_texts
from tests.editions import certificate, table, written

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed: signatures are NOT tested here"
)
SIG = "SHA256SUMS.sig"


def new_key(path: Path) -> str:
    """Makes a key and returns its public half, without its comment."""
    path.parent.mkdir(exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text().strip()


@pytest.fixture
def office(tmp_path: Path) -> tuple[Path, list[SigningKey]]:
    """The private key of an office, and what its institute.yaml says of the public one."""
    private = tmp_path / "casa" / "llave"
    return private, [{"key": new_key(private), "since": "2025-T4"}]


@pytest.fixture
def edition(office: tuple[Path, list[SigningKey]], tmp_path: Path) -> Path:
    """A signed edition."""
    folder = tmp_path / "publicado" / "2025-T4"
    written(folder, table("periodo | servicios usuarias\n2025 | 40 25"))
    publication.seal(folder, certificate())
    signatures.sign(folder, office[0])
    return folder


def naming(plan: Plan, signing_: Sequence[SigningKey]) -> Plan:
    return replace(plan, facts={**plan.facts, "signing": signing_})


def refused(folder: Path, plan: Plan) -> set[str]:
    """By which rules an edition is refused."""
    try:
        signing.check([reader.read(folder)], plan)
    except PipelineError as stopped:
        return {finding.rule for finding in stopped.findings}
    return set()


def test_what_the_office_signed_is_its_own_and_goes_wherever_the_edition_goes(
    edition: Path, office: tuple[Path, list[SigningKey]], plan: Plan
) -> None:
    assert refused(edition, naming(plan, office[1])) == set()
    assert SIG in reader.read(edition).files
    first = (edition / SIG).read_bytes()
    signatures.sign(edition, office[0])
    assert (edition / SIG).read_bytes() == first


def figure(edition: Path, tmp_path: Path) -> None:
    """Another figure, with every sum made again."""
    path = edition / "tables" / "tabla.csv"
    kept = (edition / SIG).read_bytes()
    shutil.rmtree(edition)
    written(edition, table("periodo | servicios usuarias\n2025 | 41 25"))
    publication.seal(edition, certificate())
    (edition / SIG).write_bytes(kept)
    assert b"41" in path.read_bytes()


def unsigned(edition: Path, tmp_path: Path) -> None:
    (edition / SIG).unlink()


def another_key(edition: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "otra" / "llave")
    signatures.sign(edition, tmp_path / "otra" / "llave")


def another_purpose(edition: Path, tmp_path: Path) -> None:
    """The office's own key, under something that is no edition."""
    order = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(tmp_path / "casa" / "llave")]
    made = subprocess.run(order, input=(edition / "SHA256SUMS").read_bytes(), capture_output=True, check=True)
    (edition / SIG).write_bytes(made.stdout)


def another_text(edition: Path, tmp_path: Path) -> None:
    (edition / SIG).write_text("<script>alert(1)</script>\n")


def more_beside_it(edition: Path, tmp_path: Path) -> None:
    (edition / SIG).write_bytes((edition / SIG).read_bytes() + b"clave,edad\n")


def link(edition: Path, tmp_path: Path) -> None:
    (edition / SIG).rename(tmp_path / "firma")
    (edition / SIG).symlink_to(tmp_path / "firma")


def in_the_sums(edition: Path, tmp_path: Path) -> None:
    """The signature listed among what it signs."""
    listed = (edition / "SHA256SUMS").read_text()
    digest = safe_files.digests(edition)[SIG]
    (edition / "SHA256SUMS").write_text(f"{listed}{digest}  {SIG}\n")


ATTACKS: list[tuple[Callable[[Path, Path], Any], str]] = [
    (figure, "signature_of_another"),
    (unsigned, "signature_missing"),
    (another_key, "signature_of_another"),
    (another_purpose, "signature_of_another"),
    (another_text, "signature_form"),
    (more_beside_it, "signature_form"),
    (link, "edition_link"),
    (in_the_sums, "missing_file"),
]


@pytest.mark.parametrize(("attack", "rule"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
def test_an_edition_that_another_hand_changed_is_refused(
    attack: Callable[[Path, Path], Any],
    rule: str,
    edition: Path,
    office: tuple[Path, list[SigningKey]],
    plan: Plan,
    tmp_path: Path,
) -> None:
    attack(edition, tmp_path)
    assert refused(edition, naming(plan, office[1])) == {rule}


def test_each_edition_is_held_against_the_key_of_its_time() -> None:
    keys: list[SigningKey] = [{"key": "b", "since": "2026-T1"}, {"key": "a", "since": "2025-T4"}]
    asked = ("2025-T3", "2025-T4", "2025-T4.1", "2026-T1", "2027-T3")
    assert [signatures.key_of(each, keys) for each in asked] == [None, "a", "a", "b", "b"]


def test_an_edition_of_before_the_first_key_needs_none(edition: Path, plan: Plan) -> None:
    (edition / SIG).unlink()
    assert refused(edition, naming(plan, [{"key": "whatever", "since": "2026-T1"}])) == set()


def test_anybody_can_ask_whose_an_edition_is(
    edition: Path, office: tuple[Path, list[SigningKey]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--signers`, and the file that the site gives; no folder of an institute is needed."""
    known, others = tmp_path / "firmantes.txt", tmp_path / "otros.txt"
    known.write_text(signatures.signers([office[1][0]["key"]]))
    others.write_text(signatures.signers([new_key(tmp_path / "otra" / "llave")]))
    read = editions.read([edition], silent)
    signing.check_by(read, known)
    with pytest.raises(PipelineError) as stopped:
        signing.check_by(read, others)
    assert {finding.rule for finding in stopped.value.findings} == {"signature_of_another"}
    assert main(["audit", str(edition), "--signers", str(others)]) == 13
    assert "otra mano" in capsys.readouterr().err
    assert main(["audit", str(edition), "--signers", str(tmp_path / "nada")]) == 10


def test_an_office_that_signs_publishes_and_shows_nothing_unsigned(
    raw: Path, published: Path, office: tuple[Path, list[SigningKey]], plan: Plan, tmp_path: Path
) -> None:
    shutil.rmtree(published / "2025-T4")
    plan = naming(plan, office[1])
    run = Run(plan, raw, published, "2025-T4", site_texts(plan))
    inside = published / "llave"
    shutil.copy(office[0], inside)
    cases = [
        (run, "sign_needed"),
        (replace(run, sign=inside), "sign_place"),
        (replace(run, sign=tmp_path / "nada"), "not_signed"),
        (replace(run, plan=load(TINY), sign=office[0]), "sign_unnamed"),
    ]
    for order, rule in cases:
        with pytest.raises(PipelineError) as stopped:
            flow.publish(order, silent)
        assert {finding.rule for finding in stopped.value.findings} == {rule}
        assert not (published / "2025-T4").exists()
    inside.unlink()
    made = flow.publish(replace(run, sign=office[0]), silent)
    signing.check([reader.read(made.folder)], plan)
    (made.folder / SIG).unlink()
    with pytest.raises(PipelineError) as stopped:
        flow.build_site(plan, published, tmp_path / "sitio", silent)
    assert {finding.rule for finding in stopped.value.findings} == {"signature_missing"}


@pytest.mark.parametrize("signed", [False, True])
def test_the_page_of_open_data_says_how_to_check_a_signature_where_there_is_one(
    signed: bool, editions_of_tiny: Path, plan: Plan, tmp_path: Path
) -> None:
    shown = [replace(reader.read(editions_of_tiny / "2025-T4"), signed=signed)]
    plan = naming(plan, [{"key": "ssh-ed25519 AAAA", "since": "2025-T4"}]) if signed else plan
    words = texts.load(SITE / "texts", plan.languages)["es"]
    page = Staging(shown, plan, words, tmp_path / "charts", SITE, tmp_path / "stage", first=True)
    names = ("datos-abiertos.first.md.j2", "datos-abiertos.md.j2")
    text = "".join(page.render(f"prose/{name}", path="datos-abiertos.md") for name in names)
    assert "datos/2025-T4/SHA256SUMS" in text
    for said in ("datos/2025-T4/SHA256SUMS.sig", "firmantes.txt", "ssh-keygen -Y verify"):
        assert (said in text) == signed


def test_a_machine_without_ssh_keygen_says_so(
    edition: Path,
    office: tuple[Path, list[SigningKey]],
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PipelineError) as stopped:
        signing.check([reader.read(edition)], naming(plan, office[1]))
    assert [(finding.rule, stopped.value.kind) for finding in stopped.value.findings] == [("no_ssh_keygen", "system")]
