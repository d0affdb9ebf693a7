"""An edition signed by the office that publishes it, so that nobody else can make its sums anew. I/O: runs OpenSSH's ssh-keygen.

What is signed is SHA256SUMS, and with it every other file. Whoever has the public key can check it without this program:
`ssh-keygen -Y verify -f firmantes.txt -I celosia -n celosia -s SHA256SUMS.sig < SHA256SUMS` (PROTOCOL.sshsig of OpenSSH). The
private key is read by ssh-keygen alone; an Ed25519 key signs the same bytes always with the same signature.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.institute.written import SigningKey
from pipeline.model import periods
from pipeline.model.findings import stop
from pipeline.public.edition import safe_files
from pipeline.public.edition.model import SIGNATURE, SUMS
from pipeline.public.edition.reader import SIGNED

NAME = "celosia"
"""Who signs, and what for: a signature under something else is none here."""


def key_of(edition: str, signing: Sequence[SigningKey]) -> str | None:
    """The public key of an edition, among those that an institute names with the edition from which on each signs; None for an
    edition from before the first of them."""

    def since(named: SigningKey) -> object:
        return periods.edition_order(named["since"])

    named = [each for each in signing if since(each) <= periods.edition_order(edition)]  # type: ignore[operator]
    return max(named, key=since)["key"] if named else None  # type: ignore[arg-type]


def signers(keys: Sequence[str]) -> str:
    """Public keys as ssh-keygen reads them: who signs, what for, the key."""
    return "".join(f'{NAME} namespaces="{NAME}" {key}\n' for key in keys)


def sign(folder: Path, private: Path) -> None:
    """Writes the signature of a sealed edition beside its sums. Raises PipelineError("plan") where ssh-keygen does not sign
    with that key, PipelineError("system") where there is no ssh-keygen, and OSError."""
    done = _ssh_keygen("sign", "-f", str(private.absolute()), "-n", NAME, given=safe_files.read(folder / SUMS))
    if done.returncode or not SIGNED.fullmatch(done.stdout):
        raise stop("plan", "--sign", "not_signed")
    (folder / SIGNATURE).write_bytes(done.stdout)


def is_signed(folder: Path, allowed: str) -> bool:
    """Whether an edition is signed by one of the keys of `allowed` (`signers`). Raises PipelineError("system"), OSError."""
    with tempfile.TemporaryDirectory() as name:
        known, signature = Path(name) / "signers", Path(name) / "signature"
        known.write_text(allowed, encoding="utf-8")
        signature.write_bytes(safe_files.read(folder / SIGNATURE))
        given = ("-f", str(known), "-I", NAME, "-n", NAME, "-s", str(signature))
        return _ssh_keygen("verify", *given, given=safe_files.read(folder / SUMS)).returncode == 0


def _ssh_keygen(verb: str, *options: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", verb, *options], input=given, capture_output=True, check=False, env=environment
        )
    except FileNotFoundError:
        raise stop("system", "ssh-keygen", "no_ssh_keygen") from None
