"""Setting paper: typst with our own fonts, PDF/A-2a and PDF/UA-1, the same bytes for the same words; a long picture of them.

A template stands in its room (`portal/<room>/paper/*.typ`) and takes everything it prints as JSON; what templates share is
`parts.typ`. A character no font has is an error that names it. Needs the packages of the extra `pdf`.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
STANDARDS = ["a-2a", "ua-1"]
#: Text on white with a few tints looks the same.
COLOURS = 64


class NoPaper(RuntimeError):
    """The packages that set paper are not installed."""


class Unprintable(ValueError):
    """Something in the words cannot be set: most likely a character that no font has; the text names it."""


def pdf(template: Path, model: dict[str, Any], day: date) -> bytes:
    """The PDF of what `model` says; `day` is what it is dated."""
    stamp = int(datetime.combine(day, datetime.min.time(), UTC).timestamp())
    return _compiled(template, model, format="pdf", pdf_standards=STANDARDS, timestamp=stamp)


def picture(template: Path, model: dict[str, Any], per_inch: int) -> bytes:
    """One tall PNG of what `model` says, in few colours: a quarter of the size that typst gives it."""
    made = _compiled(template, model, format="png", ppi=per_inch)
    from PIL import Image

    small = io.BytesIO()
    with Image.open(io.BytesIO(made)) as full:
        full.convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(small, "PNG")
    return small.getvalue()


def _compiled(template: Path, model: dict[str, Any], **how: Any) -> bytes:
    compiler = _compiler()
    import typst

    try:
        made: bytes = compiler.compile(input=str(template), sys_inputs={"data": _as_text(model)}, **how)
    except typst.TypstError as error:
        raise Unprintable(str(error)) from None
    return made


def _as_text(model: dict[str, Any]) -> str:
    return json.dumps(model, ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=1)
def _compiler() -> Any:
    """One compiler a process: reading the fonts takes ten times longer than setting a page."""
    try:
        import manimgx_fonts_cjk
        import PIL  # noqa: F401  # for pictures
        import typst
    except ImportError:
        raise NoPaper("typst") from None
    folder = str(Path(manimgx_fonts_cjk.__file__).parent)
    return typst.Compiler(root=str(ROOT), font_paths=[folder], ignore_system_fonts=True)
