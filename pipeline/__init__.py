"""Celosía: records + institute → publication; publication + site → website."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_CARRIED = Path(__file__).resolve().parent / "site"
"""Where the wheel carries what the repository keeps in `site/`."""
SITE = _CARRIED if _CARRIED.is_dir() else ROOT / "site"
"""Templates, texts, messages and assets of the site: inside the package where it was installed, else in the repository."""
