"""Cards of an address book → a table of customers and one of their relatives, ready to be planned like any other. Pure.

A phone knows more of somebody than a customer has fields for. What is text and fits nowhere goes into the note, with a
word before it; pictures and what only machines read is left aside; both are said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from portal.customers import phones
from portal.imports.cells import closed_up
from portal.imports.columns import BY_NAME, Layout
from portal.imports.rows import Check, Fault
from portal.imports.words import ENUMS, plain
from portal.spreadsheets import MAX_CELL, Cell, Sheet
from portal.translations import msgid
from portal.vcards import ASIDE, BINARY, MENDED, Card, Property, Said

GROUP_CARD = msgid("This card is a group and not a person.")
PICTURE = msgid("Pictures and sounds are not kept.")
NO_FIELD = msgid("No field of a customer holds this.")
IN_NOTE = msgid("There is no field of its own for this; it stands in the note.")
TURNED = msgid("Family name and given name were put in Chinese order.")
CLOSED_UP = msgid("Blanks inside the name were taken out.")
COMPANY = msgid("The card names no person: the company's name was taken.")
NICKNAME_TAKEN = msgid("The card has no name: the nickname was taken.")
TIDIED = msgid("Blanks, signs and dial prefixes were taken out of the number.")
LANDLINE = msgid("This is no mobile number and stands as a landline.")
TWO_NUMBERS = msgid("Two numbers in one line were taken apart.")
NO_YEAR = msgid("The birthday has no year: only month and day were kept.")
CUT = msgid("The text was too long and has been cut.")

OTHER_PHONE = msgid("Phone")
OTHER_MAIL = msgid("E-mail")
OTHER_ADDRESS = msgid("Address")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Said to people only by machines.
SILENT = _set(
    "VERSION N FN PRODID REV UID CLASS MAILER TZ GEO LABEL SORT-STRING PROFILE SOURCE KIND LANG XML CALURI FBURL CAPURI "
    "CALADRURI CLIENTPIDMAP CATEGORY NAME X-ABLABEL X-ABADR X-ABUID X-ABSHOWAS X-ADDRESSBOOKSERVER-KIND "
    "X-ADDRESSBOOKSERVER-MEMBER MEMBER X-IMAGETYPE X-IMAGEHASH X-PHONETIC-FIRST-NAME X-PHONETIC-LAST-NAME "
    "X-PHONETIC-MIDDLE-NAME X-PHONETIC-ORG X-SHARED-PHOTO-DISPLAY-PREF X-ACCOUNT X-ANDROID-STARRED X-TIMES_CONTACTED "
    "X-LAST_TIME_CONTACTED X-MS-TEL-PREF X-WAB-GENDER X-CLASS X-ACTIVITY-ALERT X-ABRELATEDNAMES RELATED X-MS-SPOUSE "
    "X-MS-CHILD X-SPOUSE X-EVOLUTION-SPOUSE TEL EMAIL ADR ORG TITLE ROLE BDAY NOTE GENDER X-GENDER"
)  # fmt: skip
#: Texts that belong into the note, and the word before them.
INTO_NOTE = {
    "NICKNAME": msgid("Nickname"),
    "URL": msgid("Web page"),
    "ANNIVERSARY": msgid("Anniversary"),
    "X-ANNIVERSARY": msgid("Anniversary"),
    "X-ABDATE": msgid("Date"),
    "X-MS-ANNIVERSARY": msgid("Anniversary"),
    "CATEGORIES": msgid("Group"),
    "HOBBY": msgid("Hobbies"),
    "INTEREST": msgid("Hobbies"),
    "X-QQ": "QQ",
    "X-SKYPE": "Skype",
    "X-SKYPE-USERNAME": "Skype",
    "X-MS-ASSISTANT": msgid("Assistant"),
    "X-ASSISTANT": msgid("Assistant"),
    "X-MANAGER": msgid("Manager"),
}
WECHAT = re.compile(r"wechat|weixin|微信", re.IGNORECASE)
#: What phones call a relation, as the columns of relations read it.
RELATIONS = {
    "spouse": "配偶", "partner": "配偶", "domesticpartner": "配偶", "wife": "妻子", "husband": "丈夫",
    "child": "子女", "son": "儿子", "daughter": "女儿", "father": "父亲", "mother": "母亲", "parent": "父母",
    "brother": "兄弟", "sister": "姐妹", "sibling": "兄弟姐妹", "grandfather": "祖父", "grandmother": "祖母",
    "grandparent": "祖父母", "grandson": "孙子", "granddaughter": "孙女", "grandchild": "孙子女",
    "parentinlaw": "公婆或岳父母", "fatherinlaw": "岳父", "motherinlaw": "岳母", "kin": "亲属", "relative": "亲属",
}  # fmt: skip
#: `vnd.android.cursor.item/relation` counts its types.
ANDROID_RELATIONS = {"2": "brother", "3": "child", "4": "partner", "5": "father", "8": "mother", "9": "parent",
                     "10": "partner", "12": "relative", "13": "sister", "14": "spouse"}  # fmt: skip
FIELDS = (
    "no", "name", "gender", "birth_date", "birthday", "mobile", "phone_home", "phone_work", "fax_work", "email",
    "wechat_id", "employer", "department", "position", "home_address", "work_address", "city", "note",
)  # fmt: skip
HAN = re.compile(r"[㐀-鿿\U00020000-\U0003ffff]")
DAY = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?$")
NO_YEAR_DAY = re.compile(r"^--(\d{2})-?(\d{2})$")
MANY_MOBILES = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
# Calls that were cheaper with another carrier's code before the number; people saved it so.
DIAL_PREFIX = re.compile(r"^(?:17951|17911|12593|17909|10193)(?=1[3-9]\d{9}$)")
#: +86 571 8765 4321: a landline of this country, with or without what is dialled behind it.
CHINA_LANDLINE = re.compile(r"^\+86(10|2\d|[3-9]\d{2})(\d{7,8})(?:转(\d{1,8}))?$")
EXTENSION = re.compile(r"\s*(?:[,;pPwW]+|;ext=)(\d{1,8})#?$")

Say = Callable[[str], str]


@dataclass
class Contact:
    """What a card says, as texts for the columns of a customer; `family` as (word for the relation, name)."""

    values: dict[str, str] = field(default_factory=dict)
    family: list[tuple[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


@dataclass
class Taken:
    """The sheets of a file of cards, what each column is, and what is to be said of single cards."""

    sheets: list[Sheet] = field(default_factory=list)
    layouts: list[Layout] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    mended: list[Fault] = field(default_factory=list)
    aside: list[Fault] = field(default_factory=list)


def sheets_of(cards: list[Card], title: str, family_title: str, check: Check, say: Say, mark: str = "v0-") -> Taken:
    """All cards as a sheet of customers and, where they name relatives, one of these; a row's number is its card's.

    `mark`: what makes the number of a card its own among several files.
    """
    taken = Taken()
    contacts: list[tuple[int, Contact]] = []
    for card in cards:
        if card.fault:
            taken.faults.append(Fault(title, card.number, "", card.fault))
            continue
        if _is_group(card):
            taken.aside.append(Fault(title, card.number, "", GROUP_CARD))
            continue
        contact = contact_of(card, check, say)
        contacts.append((card.number, contact))
        for each in [*card.said, *contact.said]:
            value = f"{each.value} → {each.then}" if each.then else each.value
            where = taken.mended if each.what == MENDED else taken.aside
            where.append(Fault(title, card.number, each.name, each.message, value[:120]))
    _tables(taken, contacts, title, family_title, mark)
    return taken


def _is_group(card: Card) -> bool:
    kind = card.first("KIND") or card.first("X-ADDRESSBOOKSERVER-KIND")
    return kind.lower() in {"group", "location", "device"}


def _tables(taken: Taken, contacts: list[tuple[int, Contact]], title: str, family_title: str, mark: str) -> None:
    has_family = any(contact.family for _number, contact in contacts)
    used = [
        name for name in FIELDS
        if name == "name" or any(name in contact.values for _n, contact in contacts) or (name == "no" and has_family)
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [f"{mark}{number}" if name == "no" else contact.values.get(name) for name in used]
        for number, contact in contacts
    ]
    _add(taken, title, "customer", [f"customer.{name}" for name in used], rows, [number for number, _c in contacts])
    family = [(number, word, name) for number, contact in contacts for word, name in contact.family]
    if family:
        targets = ["customer.no", "relative.relation", "relative.name"]
        lines: list[list[Cell]] = [[f"{mark}{number}", word, name] for number, word, name in family]
        _add(taken, family_title, "relative", targets, lines, [number for number, _w, _n in family])


def _add(taken: Taken, title: str, role: str, targets: list[str], rows: list[list[Cell]], numbers: list[int]) -> None:
    labels = [BY_NAME[target].label for target in targets]
    head: list[Cell] = [*labels]
    taken.sheets.append(Sheet(title, [head, *rows], [0, *numbers]))
    taken.layouts.append(Layout(0, labels, targets, [1] * len(targets), role))


# ── one card ─────────────────────────────────────────────────────────────────


def contact_of(card: Card, check: Check, say: Say) -> Contact:
    """What a card says of a customer."""
    made = Contact()
    _name(card, made)
    _phones(card, made, check, say)
    _mails(card, made, check, say)
    _addresses(card, made, say)
    _work(card, made, say)
    _birthday(card, made)
    _family(card, made, say)
    _others(card, made, say)
    note = "\n".join([each.text.strip() for each in card.all("NOTE") if each.text.strip()] + made.rest)
    if note:
        _put(made, "note", note, MAX_CELL)
    return made


def _put(made: Contact, name: str, text: str, most: int = 100) -> None:
    if len(text) > most:
        made.said.append(Said(MENDED, CUT, BY_NAME[f"customer.{name}"].label, text[:40]))
        text = text[:most]
    made.values[name] = text


def _to_note(made: Contact, say: Say, word: str, text: str, message: str = IN_NOTE) -> None:
    line = f"{say(word)} {' '.join(text.split())}".strip()
    if text.strip() and line not in made.rest:
        made.rest.append(line)
        made.said.append(Said(MENDED, message, word, text[:60]))


def _name(card: Card, made: Contact) -> None:
    shown = " ".join(card.first("FN").split())
    parts = next((each.parts for each in card.all("N") if any(part.strip() for part in each.parts)), [])
    family, given, middle, before, after = [part.strip() for part in [*parts, "", "", "", "", ""][:5]]
    if HAN.search(family + given):
        composed = family + given + middle
        turned = f"{given}{family}".replace(" ", "")
        if not shown or (family and given and shown.replace(" ", "") == turned != composed):
            if shown:
                made.said.append(Said(MENDED, TURNED, "FN", shown, composed))
            shown = composed
    elif not shown:
        shown = " ".join(part for part in (before, given, middle, family, after) if part)
    closed = closed_up(shown)
    if closed != shown:
        made.said.append(Said(MENDED, CLOSED_UP, "FN", shown, closed))
    for name, message in (("NICKNAME", NICKNAME_TAKEN), ("ORG", COMPANY)):
        if not closed and (closed := card.first(name).replace(";", " ").strip()):
            made.said.append(Said(MENDED, message, name, closed))
    if closed:
        _put(made, "name", closed)


def _label(card: Card, each: Property) -> str:
    """What the phone calls a line: its X-ABLabel, without Apple's quotation marks around the words it knows itself."""
    found = next((other.text for other in card.all("X-ABLABEL") if other.group and other.group == each.group), "")
    return re.sub(r"^_\$!<(.*)>!\$_$", r"\1", found.strip())


def _in_order(card: Card, name: str) -> list[Property]:
    """Preferred ones first."""

    def rank(each: Property) -> int:
        said = next(iter(each.params.get("PREF", ())), "")
        return int(said) if said.isdecimal() and len(said) < 4 else 0 if "PREF" in each.types else 500

    return sorted(card.all(name), key=rank)


def _phones(card: Card, made: Contact, check: Check, say: Say) -> None:
    waiting: list[tuple[str, str, set[str]]] = []
    for each in _in_order(card, "TEL"):
        types = each.types | {_label(card, each).upper()}
        for number in _numbers(each.text, made):
            waiting.append((number, " ".join(sorted(types)), types))
    for number, said, types in waiting:
        places = _places(number, said, types, made)
        place = next((name for name in places if name not in made.values and not check("customer", name, number)), None)
        if number in made.values.values():
            continue
        if place is None:
            _to_note(made, say, OTHER_PHONE, number)
            continue
        if "CELL" in types and place != "mobile" and not phones.is_mobile(number):
            made.said.append(Said(MENDED, LANDLINE, "TEL", number))
        made.values[place] = number


def _places(number: str, said: str, types: set[str], made: Contact) -> tuple[str, ...]:
    """The fields a number may stand in, the best first."""
    is_work = "WORK" in types or "公司" in said or "单位" in said
    if "FAX" in said or "传真" in said:
        return ("fax_work",) if is_work or "HOME" not in said else ()
    if phones.is_mobile(number):
        own = ("phone_work",) if is_work else ("phone_home",) if "HOME" in types else ()
        return ("mobile", *own)
    return ("phone_work", "phone_home") if is_work else ("phone_home", "phone_work")


def _numbers(text: str, made: Contact) -> list[str]:
    """The numbers in a line, in the form they are stored in."""
    bare = re.sub(r"^tel:", "", text.strip(), flags=re.IGNORECASE)
    several = MANY_MOBILES.findall(bare)
    if len(several) > 1:
        made.said.append(Said(MENDED, TWO_NUMBERS, "TEL", bare, " · ".join(several)))
        return several
    number = EXTENSION.sub(r" 转\1", bare)
    normal = phones.normalise(number)
    normal = DIAL_PREFIX.sub("", normal)
    stored = normal if phones.is_mobile(normal) else number.strip()
    if landline := CHINA_LANDLINE.match(normal):
        area, rest, extension = landline.groups()
        stored = f"0{area}-{rest}" + (f" 转{extension}" if extension else "")
    if stored and stored != text.strip():
        made.said.append(Said(MENDED, TIDIED, "TEL", text.strip(), stored))
    return [stored] if stored else []


def _mails(card: Card, made: Contact, check: Check, say: Say) -> None:
    for each in _in_order(card, "EMAIL"):
        text = each.text.strip().removeprefix("mailto:")
        if not text:
            continue
        if "email" not in made.values and not check("customer", "email", text):
            made.values["email"] = text
        elif text != made.values.get("email"):
            _to_note(made, say, OTHER_MAIL, text)


def _addresses(card: Card, made: Contact, say: Say) -> None:
    for each in _in_order(card, "ADR"):
        text, city = _address(each)
        if not text:
            continue
        is_work = "WORK" in each.types or "WORK" in _label(card, each).upper()
        place = "work_address" if is_work else "home_address"
        if place in made.values:
            _to_note(made, say, OTHER_ADDRESS, text)
            continue
        _put(made, place, text, 300)
        if city and not is_work:
            _put(made, "city", city)


def _address(each: Property) -> tuple[str, str]:
    box, more, street, city, region, code, country = [
        " ".join(part.split()) for part in [*each.parts, *[""] * 7][:7]
    ]  # fmt: skip
    if HAN.search("".join(each.parts)):
        country = "" if country in {"中国", "China", "中华人民共和国", "CN"} else country
        # People write the province and the city into the street as well.
        ahead = [
            part for part in (country, region, city) if part and not street.startswith(part) and part not in street
        ]
        ahead = [part for place, part in enumerate(ahead) if part not in ahead[:place]]
        return " ".join(part for part in ("".join([*ahead, street, more, box]), code) if part), city
    return ", ".join(part for part in (street, more, box, city, region, code, country) if part), city


def _work(card: Card, made: Contact, say: Say) -> None:
    for each in card.all("ORG"):
        employer, *departments = [part.strip() for part in each.parts] or [""]
        if employer and "employer" not in made.values:
            _put(made, "employer", employer, 200)
        if department := " ".join(part for part in departments if part):
            _put(made, "department", department, 200)
    for text in [card.first("TITLE"), card.first("ROLE")]:
        if text and "position" not in made.values:
            _put(made, "position", text, 200)
        elif text and text != made.values.get("position"):
            _to_note(made, say, msgid("Job title"), text)
    sex = (card.first("GENDER") or card.first("X-GENDER"))[:1].upper()
    if sex in {"M", "F"}:
        made.values["gender"] = "男" if sex == "M" else "女"


def _birthday(card: Card, made: Contact) -> None:
    for each in card.all("BDAY"):
        text = each.text.strip()
        omitted = next(iter(each.params.get("X-APPLE-OMIT-YEAR", ())), "")
        if found := NO_YEAR_DAY.match(text):
            made.values["birthday"] = f"{int(found[1])}-{int(found[2])}"
        elif (found := DAY.match(text)) and found[1] in {omitted, "1604", "0000", "0001"}:
            made.values["birthday"] = f"{int(found[2])}-{int(found[3])}"
        elif found:
            made.values["birth_date"] = f"{found[1]}-{found[2]}-{found[3]}"
        elif text:
            made.values["birth_date"] = text
        if "birthday" in made.values:
            made.said.append(Said(MENDED, NO_YEAR, "BDAY", text))


# ── the family ───────────────────────────────────────────────────────────────


def _family(card: Card, made: Contact, say: Say) -> None:
    for word, name in _related(card):
        name = closed_up(" ".join(name.split()))
        key = re.sub(r"[\s\-_]+", "", word).lower()
        relation = RELATIONS.get(key) or word.strip()
        if name and (relation == "亲属" or ENUMS["relation"].get(plain(relation), "other") != "other"):
            made.family.append((relation, name[:100]))
        elif name:
            _to_note(made, say, word or msgid("Family member"), name)


def _related(card: Card) -> list[tuple[str, str]]:
    found = [(_label(card, each), each.text) for each in card.all("X-ABRELATEDNAMES")]
    found += [("spouse", each.text) for each in card.all("X-MS-SPOUSE", "X-SPOUSE", "X-EVOLUTION-SPOUSE")]
    found += [("child", each.text) for each in card.all("X-MS-CHILD")]
    for each in card.all("RELATED"):
        if not each.text.startswith(("urn:", "http:", "https:")):
            found.append((next((kind.lower() for kind in each.params.get("TYPE", ())), ""), each.text))
    for each in card.all("X-ANDROID-CUSTOM"):
        kind, name, code, own = [*each.parts, "", "", "", ""][:4]
        if kind.endswith("/relation"):
            found.append((own or ANDROID_RELATIONS.get(code, ""), name))
    return found


# ── what is left ─────────────────────────────────────────────────────────────


def _others(card: Card, made: Contact, say: Say) -> None:
    aside: dict[str, str] = {}
    for each in card.properties:
        if each.name in BINARY:
            aside[each.name] = PICTURE
        elif each.name == "IMPP" or each.name.startswith(("X-WECHAT", "X-WEIXIN")):
            _chat(each, made, say)
        elif each.name == "X-ANDROID-CUSTOM":
            _android(each, made, say, aside)
        elif each.name in INTO_NOTE:
            if not (each.name == "NICKNAME" and made.values.get("name") == each.text.strip()):
                _to_note(made, say, INTO_NOTE[each.name], each.text)
        elif each.name not in SILENT and not each.name.startswith("X-MS-OL-") and each.text.strip():
            aside[each.name] = NO_FIELD
    made.said += [Said(ASIDE, message, name) for name, message in aside.items()]


def _chat(each: Property, made: Contact, say: Say) -> None:
    service = f"{each.name} {each.params.get('X-SERVICE-TYPE', '')} {each.text}"
    text = re.sub(r"^(?:x-apple|wechat|weixin|xmpp|qq|skype|aim|im):", "", each.text.strip(), flags=re.IGNORECASE)
    if WECHAT.search(service) and "wechat_id" not in made.values:
        _put(made, "wechat_id", text)
    else:
        word = next(iter(each.params.get("X-SERVICE-TYPE", ())), "") or each.text.partition(":")[0].upper()
        _to_note(made, say, word, text)


def _android(each: Property, made: Contact, say: Say, aside: dict[str, str]) -> None:
    kind, text = [*each.parts, "", ""][:2]
    if kind.endswith("/nickname"):
        _to_note(made, say, INTO_NOTE["NICKNAME"], text)
    elif kind.endswith("/contact_event"):
        _to_note(made, say, INTO_NOTE["ANNIVERSARY"], text)
    elif not kind.endswith("/relation") and text:
        aside[kind.rpartition("/")[2]] = NO_FIELD
