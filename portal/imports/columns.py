"""What each column of a sheet means: a guess by its heading, in Chinese or English, then by what stands in it. Pure.

A target is "kind.field" of the records ("customer.mobile"), or one of two helpers that are no fields: "customer.no"
(a number by which family and policy sheets refer to a customer) and "policy.insured_name".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.spreadsheets import Cell, Sheet
from portal.translations import msgid

KINDS = ("customer", "relative", "policy")
IGNORE = ""
HEADER_DEPTH = 10
SAMPLE = 60


@dataclass(frozen=True)
class Target:
    """Something a column can be: where it goes, how to read it, what people call it."""

    kind: str
    field: str
    type: str
    label: str
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.field}"


def _targets(kind: str, *rows: tuple[str, str, str, str]) -> Iterable[Target]:
    for field, kind_of_value, label, words in rows:
        yield Target(kind, field, kind_of_value, label, tuple(_key(word) for word in words.split()))


def _key(text: str) -> str:
    """A heading without width, case, units, blanks and punctuation."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[(\[【].*?[)\]】]", "", text)
    return re.sub(r"[\s*:：,，.。_\-–—/、·'\"“”?？]+", "", text)


PERSON = (
    ("gender", "enum", msgid("Sex"), "性别 gender sex"),
    (
        "birth_date",
        "date",
        msgid("Date of birth"),
        "出生日期 出生年月日 出生年月 生日 公历生日 阳历生日 birthdate dateofbirth dob birthday",
    ),
    ("birthday", "birthday", msgid("Birthday as celebrated"), "农历生日 阴历生日 过生日 庆生日 过的生日 lunarbirthday"),
    ("id_type", "enum", msgid("Document"), "证件类型 证件种类 idtype documenttype"),
    (
        "id_number",
        "id_number",
        msgid("Document number"),
        "身份证 身份证号 身份证号码 证件号 证件号码 公民身份号码 idnumber idno idcard nationalid",
    ),
    (
        "id_expiry",
        "id_expiry",
        msgid("Valid until"),
        "证件有效期 身份证有效期 证件有效期至 证件到期日 有效期至 idexpiry",
    ),
    (
        "mobile",
        "phone",
        msgid("Mobile number"),
        "手机 手机号 手机号码 移动电话 联系电话 联系方式 电话 电话号码 mobile mobilephone cellphone phone phonenumber tel",
    ),
    ("occupation_class", "class", msgid("Occupation class"), "职业类别 职业等级 职业分类 occupationclass"),
    ("smoker", "bool", msgid("Smokes"), "吸烟 是否吸烟 smoker"),
    (
        "social_insurance",
        "set",
        msgid("Social health insurance"),
        "社保 医保 社会保险 有无社保 社保类型 社会医保 socialinsurance",
    ),
)

TARGETS: tuple[Target, ...] = (
    *_targets(
        "customer",
        ("no", "key", msgid("Number in this file"), "序号 编号 客户序号 客户编号 客户号 no customerno customerid"),
        (
            "name",
            "text",
            msgid("Name"),
            "姓名 客户姓名 客户 客户名称 投保人 投保人姓名 名字 name fullname customername customer applicant policyholder",
        ),
        *PERSON,
        ("native_place", "text", msgid("Native place"), "籍贯 户籍 nativeplace"),
        ("marital", "enum", msgid("Marriage"), "婚姻 婚姻状况 婚姻状态 婚否 marital maritalstatus"),
        ("education", "text", msgid("Education"), "学历 文化程度 教育程度 education"),
        ("phone_home", "phone", msgid("Home phone"), "家庭电话 住宅电话 座机 宅电 homephone"),
        ("phone_work", "phone", msgid("Work phone"), "单位电话 办公电话 公司电话 workphone officephone"),
        ("email", "text", msgid("E-mail"), "邮箱 电子邮箱 电子邮件 email mail emailaddress"),
        ("wechat_id", "text", msgid("WeChat"), "微信 微信号 wechat wechatid"),
        ("fax_work", "phone", msgid("Work fax"), "传真 单位传真 fax"),
        ("employer", "text", msgid("Employer"), "单位 工作单位 公司 公司名称 任职单位 employer company"),
        ("department", "text", msgid("Department"), "部门 department"),
        ("position", "text", msgid("Position"), "职务 职位 职业 position jobtitle occupation title"),
        ("work_address", "text", msgid("Work address"), "单位地址 公司地址 办公地址 workaddress"),
        (
            "home_address",
            "text",
            msgid("Home address"),
            "地址 住址 家庭地址 家庭住址 联系地址 通讯地址 address homeaddress",
        ),
        ("city", "text", msgid("City"), "城市 所在城市 所在地 city"),
        ("housing", "enum", msgid("Housing"), "住房 住房情况 住房状况 housing"),
        ("has_car", "bool", msgid("Has a car"), "有车 是否有车 hascar"),
        ("hobbies", "text", msgid("Hobbies"), "爱好 兴趣 兴趣爱好 hobbies hobby"),
        (
            "best_contact_time",
            "text",
            msgid("Best time to reach"),
            "方便联系时间 方便联系的时间 联系时间 最佳联系时间 contacttime",
        ),
        (
            "preferred_channel",
            "enum",
            msgid("Likes to be reached by"),
            "联系偏好 偏好渠道 习惯的联系方式 preferredchannel",
        ),
        ("source", "text", msgid("How we met"), "来源 客户来源 获客渠道 认识的途径 source"),
        ("stage", "enum", msgid("Stage"), "客户阶段 客户类型 客户级别 客户状态 阶段 stage"),
        ("contact_permission", "enum", msgid("Contact"), "联系许可 是否可联系 联系意愿 contactpermission"),
        ("tags_need", "set", msgid("Need tags"), "需求 需求标签 关注需求 needs"),
        ("note", "longtext", msgid("Note"), "备注 客户备注 说明 备注信息 note notes remark remarks comment"),
    ),
    *_targets(
        "relative",
        (
            "relation",
            "enum",
            msgid("Relation to the customer"),
            "关系 与客户关系 与客户的关系 与投保人关系 与投保人的关系 与本人关系 与户主关系 家庭关系 relation relationship",
        ),
        (
            "name",
            "text",
            msgid("Name"),
            "姓名 名字 name 家属 家属姓名 家庭成员 家庭成员姓名 成员姓名 亲属姓名 家人姓名 familymember relative relativename membername",
        ),
        *PERSON,
        ("dependent", "bool", msgid("Supported by the customer"), "受抚养 是否受抚养 被抚养人 由客户供养 dependent"),
        ("lives_with", "bool", msgid("Lives with the customer"), "同住 是否同住 与客户同住 liveswith"),
    ),
    *_targets(
        "policy",
        (
            "kind",
            "policy_kind",
            msgid("Kind of insurance"),
            "险种 险种类型 保险类型 险类 险种大类 insurancetype policytype line kind",
        ),
        ("insurer", "text", msgid("Insurer"), "保险公司 承保公司 公司简称 insurer insurancecompany carrier"),
        (
            "product_name",
            "text",
            msgid("Product"),
            "产品 产品名称 险种名称 保险产品 保险名称 主险 主险名称 product productname plan",
        ),
        (
            "number",
            "policy_number",
            msgid("Policy number"),
            "保单号 保单号码 保险单号 合同号 保单编号 policynumber policyno policy",
        ),
        (
            "insured_name",
            "text",
            msgid("Insured person"),
            "被保险人 被保人 被保险人姓名 被保人姓名 insured insuredname lifeassured",
        ),
        (
            "sum_assured_fen",
            "money",
            msgid("Sum assured"),
            "保额 基本保额 保险金额 保障额度 sumassured sumassurred coverage suminsured",
        ),
        ("premium_fen", "money", msgid("Premium"), "保费 年交保费 年缴保费 期交保费 每期保费 首期保费 保险费 premium"),
        (
            "pay_mode",
            "enum",
            msgid("Paid"),
            "交费方式 缴费方式 交费频率 缴费频率 缴别 交别 paymode paymentmode paymentfrequency frequency",
        ),
        (
            "pay_years",
            "years",
            msgid("Years of payment"),
            "交费年限 缴费年限 交费期 缴费期 交费期间 缴费期间 交费年期 payyears paymentterm",
        ),
        (
            "effective_date",
            "date",
            msgid("In force from"),
            "生效日期 生效日 保单生效日 起保日期 保险起期 承保日期 effectivedate startdate",
        ),
        (
            "expiry_date",
            "expiry",
            msgid("Ends on"),
            "到期日 到期日期 满期日 保险止期 终保日期 保障至 expirydate enddate maturitydate",
        ),
        (
            "next_due_date",
            "date",
            msgid("Next premium due"),
            "下次交费日 下期交费日 应交日 应缴日 续期日 续费日 交费日 nextduedate duedate",
        ),
        ("paid_to_date", "date", msgid("Paid until"), "已交至 交至日 交费至 paidtodate paidto"),
        ("receipt_date", "date", msgid("Received on"), "回执日期 签收日期 签收日 receiptdate"),
        ("plate", "plate", msgid("Licence plate"), "车牌 车牌号 车牌号码 号牌 plate platenumber licenseplate"),
        ("terminated_on", "date", msgid("Ended on"), "终止日期 退保日期 终止日 失效日期 terminatedon"),
        ("termination", "enum", msgid("How it ended"), "终止原因 保单状态 termination"),
        ("note", "longtext", msgid("Note"), "保单备注 备注 说明 policynote note notes remark remarks comment"),
    ),
)

BY_NAME = {target.name: target for target in TARGETS}

KIND_LABELS = {
    "customer": msgid("Customer"),
    "relative": msgid("Family member"),
    "policy": msgid("Policy"),
}

# Words before a heading (被保人性别, 配偶手机) and of the group headings above several columns.
PREFIXES = {
    "customer": ("客户", "投保人", "本人", "户主", "customer", "applicant", "policyholder"),
    "relative": (
        "家属", "家庭成员", "成员", "亲属", "家人", "被保险人", "被保人", "配偶", "子女", "relative", "familymember", "member", "insured",
    ),
    "policy": ("保单", "保险", "policy"),
}  # fmt: skip
GROUPS = {
    "customer": ("客户信息", "客户资料", "投保人信息", "投保人", "基本信息", "个人信息", "客户", "customer"),
    "relative": ("家庭成员信息", "家庭信息", "家属信息", "被保险人信息", "被保人信息", "家庭成员", "家属", "family"),
    "policy": ("保单信息", "保险信息", "保障信息", "投保信息", "保单", "policy"),
}
SHEETS = {
    "customer": ("客户", "客户信息", "客户资料", "客户名单", "customers", "customer", "clients"),
    "relative": ("家庭成员", "家庭", "家属", "亲属", "成员", "families", "family", "relatives", "members"),
    "policy": ("保单", "保单信息", "保险", "保险单", "policies", "policy"),
}

WORDS: dict[str, list[Target]] = {}
for _target in TARGETS:
    for _word in _target.words:
        WORDS.setdefault(_word, []).append(_target)
# What our own files call a column. "Contact" and "Paid" mean something else in other people's.
for _target in TARGETS:
    if _target.label not in {"Contact", "Paid"} and _target not in WORDS.get(_key(_target.label), []):
        WORDS.setdefault(_key(_target.label), []).append(_target)


@dataclass
class Layout:
    """How a sheet is to be read: where its rows begin and what each column is ("" = ignored).

    `units` holds 10000 for a column in 万, else 1. `role` is the kind whose sheet it is.
    """

    header: int
    names: list[str]
    targets: list[str]
    units: list[int]
    role: str

    def as_json(self) -> dict[str, Any]:
        return {
            "header": self.header,
            "names": self.names,
            "targets": self.targets,
            "units": self.units,
            "role": self.role,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Layout:
        return cls(data["header"], data["names"], data["targets"], data["units"], data["role"])


def guess(sheet: Sheet, header: int | None = None) -> Layout:
    """The likeliest layout. `header` is the index of the heading row in `sheet.rows` where somebody says it, -1 for none."""
    width = max(len(row) for row in sheet.rows)
    header = _header_row(sheet) if header is None else header
    names, groups = _headings(sheet, header, width)
    role = _role(sheet)
    targets = _by_heading(names, groups, role)
    body = sheet.rows[header + 1 :]
    _by_content(targets, names, body[:SAMPLE], role)
    return Layout(header, names, targets, [unit_of(name) for name in names], role)


def unit_of(heading: str) -> int:
    """10000 where the heading says 万 as its unit, else 1."""
    return 10_000 if re.search(r"[(（\[【/]\s*万|万元", heading) else 1


def _text(cell: Cell) -> str:
    return "" if cell is None else re.sub(r"\s+", " ", str(cell)).strip()


def _header_row(sheet: Sheet) -> int:
    """The row with the most known headings; titles and notes may stand above it."""
    best, most = -1, 0
    for index, row in enumerate(sheet.rows[:HEADER_DEPTH]):
        filled = [_text(cell) for cell in row if cell is not None]
        known = sum(bool(_candidates(_key(text), None)) for text in filled if len(text) <= 24)
        # The lower row of a heading of two rows knows as much as the upper one.
        lower = index == best + 1 and known == most > 0 and _all_text(row)
        if (known > most or lower) and known * 3 >= len(filled):
            best, most = index, known
    if best >= 0 and most == 1 and len([c for c in sheet.rows[best] if c is not None]) > 1:
        return best if _all_text(sheet.rows[best]) else -1
    return best


def _all_text(row: list[Cell]) -> bool:
    return all(isinstance(cell, str) and not re.search(r"\d{5,}", cell) for cell in row if cell is not None)


def _headings(sheet: Sheet, header: int, width: int) -> tuple[list[str], list[str | None]]:
    """The heading of each column, and the kind that a merged heading above it names."""
    if header < 0:
        return [""] * width, [None] * width
    own = [_text(cell) for cell in sheet.rows[header]] + [""] * width
    above = sheet.rows[header - 1] if header and sheet.numbers[header - 1] == sheet.numbers[header] - 1 else []
    names, groups = [], []
    group: str | None = None
    for column in range(width):
        upper = _text(above[column]) if column < len(above) else ""
        if upper:
            group = _group(upper)
        # A heading merged over both rows stands in the upper one.
        names.append(own[column] or ("" if group else upper))
        groups.append(group if own[column] else None)
    return names, groups


def _group(text: str) -> str | None:
    key = _key(text)
    return next((kind for kind in KINDS if key in {_key(word) for word in GROUPS[kind]}), None)


def _role(sheet: Sheet) -> str:
    """Whose sheet it is, by its name; any other is a sheet of customers, alone or with all that belongs to them.

    Of `file · sheet` the sheet's own name says more.
    """
    for part in reversed(sheet.name.split(" · ")):
        title = re.sub(r"\d+$", "", _key(part))
        for kind in KINDS:
            if title in {_key(word) for word in SHEETS[kind]}:
                return kind
    return "customer"


def _candidates(key: str, group: str | None) -> list[Target]:
    """Targets that a heading could mean, only of the group's kind where it has any."""
    if not key:
        return []
    found = WORDS.get(key, [])
    if found:
        return [target for target in found if group in (None, target.kind)] or found
    for kind in KINDS:
        for word in PREFIXES[kind]:
            rest = key.removeprefix(_key(word)).removeprefix("的")
            if rest and key.startswith(_key(word)):
                own = [target for target in WORDS.get(rest, []) if target.kind == kind]
                # 被保人姓名 is the insured of a policy; 被保人性别 describes a member of the family.
                if own:
                    return own
    return []


def _by_heading(names: list[str], groups: list[str | None], role: str) -> list[str]:
    """The same word (性别, 手机) belongs to whomever the group heading, else the column before, speaks of."""
    targets: list[str] = []
    taken: set[str] = set()
    near = role
    for name, group in zip(names, groups, strict=True):
        found = [target for target in _candidates(_key(name), group) if not _mere_counter(target, name, role)]
        chosen = _choose(found, taken, [kind for kind in (group, near, role) if kind])
        if chosen:
            taken.add(chosen.name)
            near = chosen.kind
        targets.append(chosen.name if chosen else IGNORE)
    return targets


def _mere_counter(target: Target, name: str, role: str) -> bool:
    """序号 in a sheet of policies counts the policies; only 客户序号 points to a customer."""
    return target.name == "customer.no" and role != "customer" and not _key(name).startswith(("客户", "customer"))


def _choose(found: list[Target], taken: set[str], order: list[str]) -> Target | None:
    """The first free target by `order`. A second 电话 of the same person is left to the user, not given to somebody."""
    for kind in order:
        for target in found:
            if target.kind == kind and target.name not in taken:
                return target
    if any(target.kind in order for target in found):
        return None
    return next((target for target in found if target.name not in taken), None)


# ── by what stands in it ─────────────────────────────────────────────────────

SHAPES = (
    ("id_number", re.compile(r"^\d{17}[\dXx]$")),
    ("mobile", re.compile(r"^(\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}$")),
    ("plate", re.compile(r"^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9·]{5,7}$")),
    ("gender", re.compile(r"^(男|女|male|female)$", re.IGNORECASE)),
    ("email", re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")),
    ("relation", re.compile(r"^(配偶|妻子|丈夫|儿子|女儿|子女|父亲|母亲|父母)$")),
    ("insurer", re.compile(r"^.{0,12}(人寿|财险|人保|太保|平安保险|保险公司|产险)$")),
    ("name", re.compile(r"^[\u3400-\u9fff\U00020000-\U0003ffff]{2,3}(·[\u3400-\u9fff]{1,6})?$")),
)


def _by_content(targets: list[str], names: list[str], body: list[list[Cell]], role: str) -> None:
    """Fill in columns whose heading said nothing, where the shape of the values leaves no doubt."""
    headless = not any(targets)
    for column, target in enumerate(targets):
        if target or (names[column] and not headless and _key(names[column])):
            continue
        values = [_text(row[column]) for row in body if column < len(row) and row[column] is not None]
        if len(values) < 2 and not (headless and values):
            continue
        found = _shape(values)
        kind = {"plate": "policy", "insurer": "policy", "relation": "relative"}.get(found or "", role)
        name = f"{kind}.{found}"
        if found and name in BY_NAME and name not in targets:
            targets[column] = name
        elif headless and _dates(body, column) and f"{role}.birth_date" not in targets and role != "policy":
            targets[column] = f"{role}.birth_date"


def _shape(values: list[str]) -> str | None:
    for name, pattern in SHAPES:
        if sum(bool(pattern.match(value)) for value in values) * 5 >= len(values) * 4:
            return name
    return None


def _dates(body: list[list[Cell]], column: int) -> bool:
    """Most values are dates a living person can be born on."""
    cells = [row[column] for row in body if column < len(row) and row[column] is not None]
    born = [cell for cell in cells if isinstance(cell, date) and 1915 <= cell.year <= 2015]
    return bool(cells) and len(born) * 5 >= len(cells) * 4
