"""Paper as an answer: made when it is asked for, in the language that is asked for."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from portal.errors import Problem
from portal.pages import language
from portal.paper import NoPaper, Unprintable
from portal.translations import LANGUAGES, msgid

UNPRINTABLE = msgid("A character in it cannot be printed: no font has it.")


def asked_language() -> str:
    """`?lang=zh-CN` or `en`, the reader's language when it is not said; 400 for any other."""
    lang = request.args.get("lang", language())
    if lang not in LANGUAGES:
        raise Problem(400, "bad_language")
    return lang


def made_paper(make: Callable[[], bytes], mimetype: str, name: str) -> Response:
    """What `make` sets, to be looked at in the browser and kept as `name`.

    503 where the packages that set paper are missing, 422 for a character that no font has.
    """
    try:
        made = make()
    except NoPaper:
        raise Problem(503, "no_paper", headers={"Retry-After": "3600"}) from None
    except Unprintable:
        raise Problem(422, "unprintable", UNPRINTABLE) from None
    answer = Response(made, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
