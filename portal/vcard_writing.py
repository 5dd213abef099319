"""Contacts → bytes of vCard 3.0, which every phone and Outlook reads: UTF-8, CRLF, folded between characters. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

#: RFC 2426 folds at 75 octets, without the line end.
WIDTH = 75
HAN_NAME = re.compile(r"^[㐀-鿿\U00020000-\U0003ffff]{2,5}$")
#: Family names of two characters; with any other name the first character is the family's.
DOUBLE = frozenset(
    ["欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生", "梁丘", "左丘", "东门", "西门", "第五"]
)  # fmt: skip


@dataclass(frozen=True)
class Contact:
    """What goes into a card. Phones are (types, number); addresses (type, text); family (Apple's word, name)."""

    uid: str
    name: str
    phones: Sequence[tuple[str, str]] = ()
    email: str = ""
    addresses: Sequence[tuple[str, str]] = ()
    birth_date: str = ""
    employer: str = ""
    department: str = ""
    position: str = ""
    wechat: str = ""
    family: Sequence[tuple[str, str]] = field(default_factory=tuple)


def cards_bytes(contacts: Iterable[Contact]) -> bytes:
    """A file of cards."""
    return "".join(f"{fold(line)}\r\n" for contact in contacts for line in _lines(contact)).encode()


def _lines(contact: Contact) -> list[str]:
    family, given = name_parts(contact.name)
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:urn:uuid:{contact.uid}"]
    lines += [f"N:{escape(family)};{escape(given)};;;", f"FN:{escape(contact.name)}"]
    lines += [f"TEL;TYPE={types}:{escape(number)}" for types, number in contact.phones]
    if contact.email:
        lines.append(f"EMAIL;TYPE=INTERNET:{escape(contact.email)}")
    lines += [f"ADR;TYPE={kind}:;;{escape(text)};;;;" for kind, text in contact.addresses]
    if contact.birth_date:
        lines.append(f"BDAY:{contact.birth_date}")
    if contact.employer or contact.department:
        lines.append(f"ORG:{escape(contact.employer)};{escape(contact.department)}".rstrip(";"))
    if contact.position:
        lines.append(f"TITLE:{escape(contact.position)}")
    if contact.wechat:
        lines.append(f"X-WECHAT:{escape(contact.wechat)}")
    for place, (word, name) in enumerate(contact.family, 1):
        lines += [f"item{place}.X-ABRELATEDNAMES:{escape(name)}", f"item{place}.X-ABLabel:_$!<{word}>!$_"]
    return [*lines, "END:VCARD"]


def name_parts(name: str) -> tuple[str, str]:
    """(family name, given name); a name that is not plainly Chinese stays whole as the given name."""
    if not HAN_NAME.match(name):
        return "", name
    cut = 2 if name[:2] in DOUBLE and len(name) > 2 else 1
    return name[:cut], name[cut:]


def escape(text: str) -> str:
    """A value without line ends, separators and control characters of its own."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\\n").replace("\r", "\\n").replace("\n", "\\n")
    return "".join(mark for mark in text if mark >= " " and mark != "\x7f")


def fold(line: str) -> str:
    """The line in pieces of at most 75 octets, never cut inside a character."""
    pieces: list[str] = []
    piece, width = "", 0
    for mark in line:
        size = len(mark.encode())
        if width + size > WIDTH:
            pieces.append(piece)
            # The blank that begins a continued line counts.
            piece, width = " ", 1
        piece, width = piece + mark, width + size
    return "\r\n".join([*pieces, piece])
