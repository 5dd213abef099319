"""The words of Doorstep: English in the code, Chinese in one PO file a room, merged here.

The server gets the merged catalogue at start, the phone gets it as JavaScript at build. `python -m
portal.translations` lists what is missing or no longer used; `make check` fails on either.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from sync.words import msgid as msgid

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LANGUAGES = {"zh-CN": "zh_CN", "en": "en"}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "msgid": None}
METHODS = [
    ("static/js/generated/**", "ignore"),
    ("static/dist/**", "ignore"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("static/js/**.js", "javascript"),
]
#: Only the server prints what stands here; the phone does without it.
SERVERS_OWN = (
    "portal/accounts/tokens.py",
    "portal/api/",
    "portal/idempotency.py",
    "portal/templates/api/",
    "portal/accounts/admin/",
    "portal/accounts/cli.py",
    "portal/accounts/greetings.py",
    "portal/accounts/log.py",
    "portal/accounts/models.py",
    "portal/accounts/office.py",
    "portal/accounts/people.py",
    "portal/accounts/settings.py",
    "portal/accounts/step_views.py",
    "portal/accounts/units.py",
    "portal/templates/accounts/",
    "portal/templates/admin/",
    "portal/templates/boot.html",
    "portal/office/",
    "portal/templates/office/",
    "portal/exports/",
    "portal/templates/exports/",
    "portal/templates/imports/",
    "portal/templates/needs/",
    "portal/templates/problem.html",
    "portal/templates/team/",
    "portal/imports/",
    "portal/products/drafts.py",
    "portal/products/pages.py",
    "portal/products/sheet_fields.py",
    "portal/products/sheet_reading.py",
    "portal/products/sheet_rules.py",
    "portal/products/views.py",
    "portal/spreadsheets.py",
    "portal/vcards.py",
    "portal/templates/products/",
    "portal/needs/checking.py",
    "portal/needs/views.py",
    "portal/proposals/paper/",
    "portal/proposals/views.py",
    "portal/team/",
    "portal/templates/proposals/",
)
#: Rooms of the phone that are entered when there is a book: their Chinese is fetched when the app is there.
LATER = (
    "portal/errors.py",
    "portal/needs/",
    "portal/paper/",
    "portal/products/",
    "portal/proposals/",
    "portal/static/js/domain/",
    *(
        f"portal/static/js/offline/{name}"
        for name in (
            "answers",
            "asking",
            "disputes",
            "edits",
            "inquiry",
            "late",
            "plan-",
            "proposal",
            "replies",
            "report.js",
        )
    ),
    *(
        f"portal/static/js/offline/pages/{name}"
        for name in ("analyses", "conflicts", "outbox", "plans", "reports", "sums")
    ),
    *(f"portal/templates/{name}/" for name in ("analyses", "conflicts", "outbox", "plans")),
    "portal/templates/components/gap.html",
    "sync/",
)
# Both halves print errors and labels whose text is chosen at run time; such msgids are marked `msgid("…")` in
# Python and `_("…")` or `msgid("…")` in JavaScript so that the extraction sees them.
PARAMETER = re.compile(r"%\((\w+)\)s")


class Disagreement(Exception):
    """Two rooms translate one msgid differently, or a file cannot be read."""


def merged(language: str = "zh_CN") -> Catalog:
    """All rooms' catalogues as one."""
    whole = Catalog(locale=language, domain="messages")
    said: dict[object, tuple[str, object]] = {}
    for path in sorted((HERE / language).glob("*.po")):
        for message in _messages(path):
            before = said.setdefault(message.id, (path.name, message.string))
            if before[1] != message.string:
                raise Disagreement(f"{path.name} and {before[0]} translate {message.id!r} differently")
            whole.add(message.id, message.string)
    return whole


def _messages(path: Path) -> list[Message]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh_CN", abort_invalid=True)
    return [message for message in catalogue if message.id and not message.fuzzy]


def translations(language: str = "zh_CN") -> Translations:
    """The merged catalogue as gettext wants it."""
    buffer = io.BytesIO()
    write_mo(buffer, merged(language))
    buffer.seek(0)
    return Translations(buffer)


def as_javascript() -> str:
    """The phone's first texts: all msgids, then all Chinese, in the order the sources use them; that packs best."""
    later = later_words()
    words = {key: text for key, text in phones_words().items() if key not in later}
    english, chinese = (json.dumps(list(texts), ensure_ascii=False) for texts in (words.keys(), words.values()))
    return f"export const MSGIDS = {english};\nexport const ZH = {chinese};\n"


def later_words() -> dict[str, str]:
    """Of the phone's words those that only the rooms of `LATER` say."""
    places = used()
    return {
        key: text
        for key, text in phones_words().items()
        if all(place.startswith(LATER + SERVERS_OWN) for place in places[key])
    }


def phones_words() -> dict[str, str]:
    """Chinese by msgid, what a phone may have to say; a plural's key is its singular msgid."""
    words: dict[str, str] = {}
    places = used()
    for message in merged():
        key = _ids(message)[0] if message.id else ""
        if any(not place.startswith(SERVERS_OWN) for place in places.get(key, ())):
            words[key] = str(message.string[0] if isinstance(message.string, tuple) else message.string)
    return {key: words[key] for key in sorted(words, key=lambda key: places[key][0])}


def used() -> dict[str, list[str]]:
    """Every msgid in the sources with the places that use it."""
    places: dict[str, list[str]] = {}
    # The engines have texts as well: verdicts and problems carry msgids.
    for folder in ("portal", "sync", "notifications"):
        found = extract_from_dir(
            ROOT / folder, METHODS, keywords=KEYWORDS, options_map={"**.html": {"silent": "false"}}
        )
        for name, line, message, _comments, _context in found:
            key = message[0] if isinstance(message, tuple) else message
            places.setdefault(key, []).append(f"{folder}/{name}:{line}")
    return places


def faults() -> list[str]:
    """What is missing, what is no longer used, and where a translation drops or invents a parameter."""
    catalogue = merged()
    known = {
        message.id[0] if isinstance(message.id, tuple) else message.id: message for message in catalogue if message.id
    }
    said = used()
    found = [f"{said[key][0]}: no Chinese for {key!r}" for key in sorted(said.keys() - known.keys())]
    found += [f"no source uses {key!r} any more" for key in sorted(known.keys() - said.keys())]
    for key, message in sorted(known.items()):
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            if not text:
                found.append(f"empty translation of {key!r}")
            elif set(PARAMETER.findall(str(text))) - set(PARAMETER.findall(" ".join(_ids(message)))):
                found.append(f"the translation of {key!r} uses a parameter the text does not have")
    return found


def _ids(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (str(message.id),)


def main() -> int:
    found = faults()
    print("\n".join(found) or f"{len(used())} texts, all translated")
    return 1 if found else 0
