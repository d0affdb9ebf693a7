"""Celosía: records + institute → publication; publication + site → website."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "site"
