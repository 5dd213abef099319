"""Bytes of a .vcf file → cards with their properties: versions 2.1, 3.0 and 4.0 as phones and Outlook write them. Pure.

Lines are put together as bytes (a fold may cut a character), and become text only then: by the CHARSET that the line
names, else as UTF-8 where everything in the file fits, else as GB18030, strictly. A line that cannot be read costs
itself and not the file; whatever was put right or left aside is said in `Card.said`.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from dataclasses import dataclass, field

from portal.spreadsheets import MAX_CELL, Unreadable, looks_utf16, strictly
from portal.translations import msgid

MAX_BYTES = 40 * 1024 * 1024
MAX_CARDS = 20_000
MAX_PROPERTIES = 500
#: Pictures, sounds and keys: nothing of them is kept, so nothing of them is decoded.
BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "X-MS-CARDPICTURE", "X-MS-OL-DESIGN", "X-KEYSERVER"})

NOT_CARDS = msgid("There is no card in the file.")
TOO_MANY = msgid("The file has more than %(cards)s cards. Split it into several files.")
CUT_OFF = msgid("The file breaks off inside this card.")
NOT_CLOSED = msgid("The card was not closed before the next one began.")
OTHER_CHARSET = msgid("The text is not in the character set that the card names.")
BROKEN_FOLD = msgid("A line was broken in the wrong place and has been put together.")
NOT_UNDERSTOOD = msgid("A line of the card could not be understood.")
NOT_TEXT = msgid("A line of the card cannot be read as text.")
TOO_LONG = msgid("A line of the card is too long.")
INNER = msgid("A card inside the card is left aside.")

MENDED, ASIDE, REFUSED = "mended", "aside", "refused"

GROUP = re.compile(r"^(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9-]+)$")
BASE64_LINE = re.compile(rb"^[A-Za-z0-9+/]{20,}={0,2}$")
LEFT_OF_FOLD = re.compile(rb"^(?:=[0-9A-Fa-f]{2}|[;,])+=?$")
ENCODINGS = {"QUOTED-PRINTABLE": "Q", "Q": "Q", "BASE64": "B", "B": "B", "8BIT": "", "7BIT": ""}
UNESCAPED = re.compile(r"\\(.)", re.DOTALL)
SPLIT = re.compile(r"(?<!\\)((?:\\\\)*);")


@dataclass(frozen=True)
class Said:
    """Something that was mended, left aside or refused in a card. `value` is what stood there, `then` what was made of it."""

    what: str
    message: str
    name: str = ""
    value: str = ""
    then: str = ""


@dataclass
class Property:
    """One line of a card. `types` are upper case; `parts` are the components of N, ADR and ORG."""

    name: str
    group: str
    params: dict[str, list[str]]
    text: str = ""
    parts: list[str] = field(default_factory=list)

    @property
    def types(self) -> set[str]:
        return {value.upper() for value in self.params.get("TYPE", ())}


@dataclass
class Card:
    """A card: `number` counts from 1 in the file, `line` is where it begins."""

    number: int
    line: int
    version: str = ""
    properties: list[Property] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    #: Not usable at all, and why.
    fault: str = ""

    def all(self, *names: str) -> list[Property]:
        """The properties of these names, in the order of the file."""
        return [each for each in self.properties if each.name in names]

    def first(self, name: str) -> str:
        """The text of the first property of this name that says anything."""
        return next((each.text.strip() for each in self.properties if each.name == name and each.text.strip()), "")


@dataclass(frozen=True)
class Cards:
    """All cards of a file, and the character sets that were met in it."""

    cards: list[Card]
    encodings: list[str]


@dataclass
class _Raw:
    """A line put together, still bytes."""

    name: str
    group: str
    params: dict[str, list[str]]
    value: bytes
    transfer: str
    charset: str

    @property
    def is_declared(self) -> bool:
        return bool(self.charset)


def looks_like_cards(data: bytes) -> bool:
    """Whether this is meant to be a file of cards, in whatever character set."""
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").upper()
    return head.startswith(b"BEGIN:VCARD") or bool(re.match(rb"BEGIN\s*:\s*VCARD", head))


def read_cards(data: bytes, limit: int = MAX_BYTES) -> Cards:
    """The cards of a file. Raises Unreadable, and nothing else, whatever the bytes are."""
    if len(data) > limit:
        raise Unreadable(msgid("The file is larger than %(mb)s MB. Split it into several files."), mb=limit // 2**20)
    data, wide = _narrow(data)
    raw = _cards(data)
    if not raw:
        raise Unreadable(NOT_CARDS)
    return _decoded(raw, wide)


def _narrow(data: bytes) -> tuple[bytes, str]:
    """UTF-16 as UTF-8, everything else without its mark; the name of the encoding where it is sure already."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return strictly(data[2:], encoding, 2)[0].encode(), "UTF-16"
    if wide := looks_utf16(data):
        return strictly(data, wide)[0].encode(), "UTF-16"
    return data.removeprefix(codecs.BOM_UTF8), ""


# ── lines ────────────────────────────────────────────────────────────────────


def _cards(data: bytes) -> list[tuple[Card, list[_Raw]]]:
    """Cards with their lines as bytes. A card inside a card is passed over."""
    reader = _Lines(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    found: list[tuple[Card, list[_Raw]]] = []
    card: tuple[Card, list[_Raw]] | None = None
    depth = 0
    while (taken := reader.next()) is not None:
        number, head, value = taken
        name = head.strip().upper()
        if name == b"BEGIN" and value.strip().upper() == b"VCARD":
            if card and reader.inside_agent:
                depth += 1
                card[0].said.append(Said(ASIDE, INNER, "AGENT"))
                continue
            if card:
                card[0].said.append(Said(MENDED, NOT_CLOSED))
            card = (Card(len(found) + 1, number), [])
            found.append(card)
            if len(found) > MAX_CARDS:
                raise Unreadable(TOO_MANY, cards=MAX_CARDS)
        elif name == b"END" and value.strip().upper() == b"VCARD":
            if depth:
                depth -= 1
            else:
                card = None
        elif card and not depth:
            _take(card, head, value, reader)
    if card:
        card[0].fault = CUT_OFF
    return found


def _take(card: tuple[Card, list[_Raw]], head: bytes, value: bytes, reader: _Lines) -> None:
    raw = _property(head, value)
    if raw is None:
        if head.strip():
            card[0].said.append(Said(ASIDE, NOT_UNDERSTOOD))
        return
    if reader.was_mended:
        card[0].said.append(Said(MENDED, BROKEN_FOLD, raw.name))
    if len(card[1]) < MAX_PROPERTIES:
        card[1].append(raw)


class _Lines:
    """Physical lines → lines put together, with the number of the first."""

    def __init__(self, lines: list[bytes]):
        self.lines, self.at = lines, 0
        self.was_mended = False
        self.inside_agent = False

    def next(self) -> tuple[int, bytes, bytes] | None:
        """(line number, what stands before the colon, what stands behind it); None at the end."""
        while self.at < len(self.lines) and not self.lines[self.at].strip():
            self.at += 1
        if self.at >= len(self.lines):
            return None
        number, line = self.at + 1, self.lines[self.at]
        self.at += 1
        self.was_mended = False
        head, _colon, value = _cut(line)
        upper = head.upper()
        if not _colon:
            head, value = self._folded(line), b""
            head, _colon, value = _cut(head)
        elif b"QUOTED-PRINTABLE" in upper or b"ENCODING=Q" in upper:
            value = self._quoted(value)
        elif b"BASE64" in upper or b"ENCODING=B" in upper:
            value = self._pictured(value)
        else:
            value = self._folded(value)
        if upper.strip() != b"BEGIN":
            self.inside_agent = upper.split(b";")[0].strip() == b"AGENT"
        return number, head, value

    def _folded(self, value: bytes) -> bytes:
        parts = [value]
        while self.at < len(self.lines) and self.lines[self.at][:1] in (b" ", b"\t"):
            parts.append(self.lines[self.at][1:])
            self.at += 1
        return b"".join(parts)

    def _quoted(self, value: bytes) -> bytes:
        """Soft line breaks; folds on top of them, and breaks whose sign got lost, are put right."""
        value = value.rstrip(b" \t")
        while self.at < len(self.lines):
            following = self.lines[self.at].rstrip(b" \t")
            if value.endswith(b"="):
                value = value[:-1] + following.lstrip(b" \t")
            elif following[:1] in (b" ", b"\t"):
                value += following[1:]
            elif LEFT_OF_FOLD.match(following):
                self.was_mended = True
                value += following
            else:
                break
            self.at += 1
        return value.removesuffix(b"=")

    def _pictured(self, value: bytes) -> bytes:
        """Base64 ends with an empty line, or where the next property begins."""
        parts = [value]
        while self.at < len(self.lines):
            following = self.lines[self.at]
            if following[:1] not in (b" ", b"\t") and not BASE64_LINE.match(following):
                break
            parts.append(following.strip())
            self.at += 1
        return b"".join(parts)


def _cut(line: bytes) -> tuple[bytes, bytes, bytes]:
    """At the first colon that stands in no quotation marks."""
    quoted = False
    for place, byte in enumerate(line):
        if byte == 0x22:
            quoted = not quoted
        elif byte == 0x3A and not quoted:
            return line[:place], b":", line[place + 1 :]
    return line.partition(b":")


def _property(head: bytes, value: bytes) -> _Raw | None:
    pieces = re.findall(r'(?:[^;"]|"[^"]*"?)+', head.decode("latin-1"))
    found = GROUP.match(pieces[0].strip()) if pieces else None
    if not found:
        return None
    params: dict[str, list[str]] = {}
    for piece in pieces[1:]:
        key, equals, said = piece.strip().partition("=")
        key = key.upper()
        if not equals:
            key, said = ("ENCODING" if key in ENCODINGS else "TYPE"), key
        values = [each.strip().strip('"') for each in re.findall(r'(?:[^,"]|"[^"]*"?)+', said)]
        # TYPE="cell,home" is a list too.
        params.setdefault(key, []).extend(part for each in values for part in each.split(",") if part)
    transfer = next((ENCODINGS.get(each.upper(), "") for each in params.get("ENCODING", ())), "")
    charset = next(iter(params.get("CHARSET", ())), "")
    return _Raw(found[2].upper(), found[1] or "", params, value, transfer, charset)


# ── text ─────────────────────────────────────────────────────────────────────


def _decoded(raw: list[tuple[Card, list[_Raw]]], wide: str) -> Cards:
    default = _default([line for _card, lines in raw for line in lines])
    met: list[str] = []
    for card, lines in raw:
        card.version = next((_ascii(line.value) for line in lines if line.name == "VERSION"), "")
        for line in lines:
            _keep(card, line, default, met)
    if wide or not met:
        met = [wide or _shown(default)]
    return Cards([card for card, _lines in raw], list(dict.fromkeys(met)))


def _ascii(value: bytes) -> str:
    return value.decode("ascii", "replace").strip()


def _default(lines: list[_Raw]) -> str:
    """What undeclared text is in: one for the whole file, because a short name in GBK may happen to be UTF-8."""
    undeclared = b"\n".join(_transferred(line) for line in lines if not line.is_declared and line.name not in BINARY)
    try:
        undeclared.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        return "gb18030"


def _transferred(line: _Raw) -> bytes:
    if line.transfer == "Q":
        return quopri.decodestring(line.value)
    if line.transfer == "B":
        try:
            return base64.b64decode(line.value, validate=False)
        except (binascii.Error, ValueError):
            return b""
    return line.value


def _keep(card: Card, line: _Raw, default: str, met: list[str]) -> None:
    if line.name in BINARY or (line.transfer == "B" and not line.is_declared and line.name not in {"N", "FN", "NOTE"}):
        card.properties.append(Property(line.name, line.group, line.params))
        return
    if len(line.value) > MAX_CELL * 12:
        card.said.append(Said(REFUSED, TOO_LONG, line.name))
        return
    try:
        text, is_other = _text_of(line, default, met)
    except ValueError:
        card.said.append(Said(REFUSED, NOT_TEXT, line.name))
        return
    if is_other:
        card.said.append(Said(MENDED, OTHER_CHARSET, line.name, line.charset.upper()))
    is_old = card.version.startswith("2")
    parts = [_plain(part, is_old) for part in _components(text)]
    card.properties.append(Property(line.name, line.group, line.params, _plain(text, is_old), parts))


def _text_of(line: _Raw, default: str, met: list[str]) -> tuple[str, bool]:
    """The text, and whether it is in another character set than the line says. Raises ValueError."""
    # A ; that was written =3B belongs to the text and divides nothing.
    data = _transferred(line)
    if line.transfer == "Q":
        data = b";".join(
            quopri.decodestring(part).replace(b"\\", b"\\\\").replace(b";", b"\\;") if b"=3B" in part.upper() else
            quopri.decodestring(part)
            for part in line.value.split(b";")
        )  # fmt: skip
    declared = _codec(line.charset)
    for encoding in dict.fromkeys((declared or default, default, "utf-8", "gb18030")):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.isascii():
            met.append(_shown(encoding))
        return text, bool(line.charset) and encoding != declared and not text.isascii()
    raise ValueError(NOT_TEXT)


def _codec(charset: str) -> str:
    """The codec of a character set; the supersets for what people call GBK and Latin 1."""
    if not charset:
        return ""
    try:
        name = codecs.lookup(charset.strip().strip('"')).name
    except LookupError:
        return ""
    if name in {"gb2312", "gbk", "hz"}:
        return "gb18030"
    # Phones that write ASCII or Latin 1 here mean "I did not think about it".
    return "" if name in {"ascii", "iso8859-1"} else name


def _shown(encoding: str) -> str:
    return {"utf-8": "UTF-8", "gb18030": "GB18030"}.get(encoding, encoding.upper())


def _components(text: str) -> list[str]:
    return SPLIT.sub(lambda found: found[1] + "\0", text).split("\0") if ";" in text else [text]


def _plain(text: str, is_old: bool) -> str:
    """Without the backslashes of a version; only the newer ones write line ends with them."""

    def one(found: re.Match[str]) -> str:
        mark = found[1]
        if mark in "nN":
            return found[0] if is_old else "\n"
        return mark if mark in ";,:\\" else found[0]

    text = UNESCAPED.sub(one, text) if "\\" in text else text
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
