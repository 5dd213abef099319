"""A frozen proposal on paper (A4, PDF/A-2a and PDF/UA-1) and as one tall picture for a phone: the same bytes for the same text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from flask_babel import force_locale

from portal import paper
from portal.proposals.paper.model import Paper
from portal.translations import LANGUAGES

HERE = Path(__file__).parent
#: 1 point is 2 pixels: 750 wide, as pictures for phones are.
PER_INCH = 144


def model_of(
    frozen: dict[str, Any], sha256: str, records: Mapping[str, Any], titles: Mapping[str, Any], lang: str
) -> dict[str, Any]:
    """What stands on the paper, as text by part."""
    with force_locale(LANGUAGES[lang]):
        return Paper(frozen, sha256, records, titles, lang).model()


def pdf(model: dict[str, Any]) -> bytes:
    """The paper, from `model_of`."""
    return paper.pdf(HERE / "proposal.typ", model, date(model["year"], model["month"], model["day"]))


def picture(model: dict[str, Any]) -> bytes:
    """The long picture, from `model_of`: without the years, for reading on a phone."""
    return paper.picture(HERE / "picture.typ", model, PER_INCH)
