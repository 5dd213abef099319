"""The words people write in spreadsheets for what the records keep as codes. Pure."""

from __future__ import annotations

import re
import unicodedata

from portal.customers import labels


def plain(text: str) -> str:
    """Without width, case and blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def _table(**codes: str) -> dict[str, str]:
    table = {code: code for code in codes}
    for code, words in codes.items():
        table.update(dict.fromkeys(words.split(), code))
    return table


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


YES = _words("是 有 对 y yes true 1 √ ✓ 已 t")
NO = _words("否 无 没有 不 n no false 0 × x 未 f 非")

# What stands in a cell where nothing is known. 无 in a free text may mean something and stays there.
NOTHING = frozenset({"", "-", "--", "---", "—", "——", "/", "\\", "n/a", "na", "null", "nil", "none", "#n/a"})
UNKNOWN = NOTHING | _words("无 未知 不详 不清楚 暂无 待补 空 没有 unknown ? ？")

ENUMS: dict[str, dict[str, str]] = {
    "gender": _table(male="男 男性 男士 先生 m man", female="女 女性 女士 小姐 f woman"),
    "id_type": _table(
        idcard="身份证 居民身份证 二代身份证 identitycard id",
        passport="护照 外国护照",
        hk_mo="港澳通行证 港澳居民来往内地通行证 回乡证 港澳居民居住证 港澳居民证件",
        taiwan="台胞证 台湾居民来往大陆通行证 台湾居民居住证 台湾居民证件",
        birth_cert="出生证 出生证明 出生医学证明",
        other="其他 其它 户口簿 其他证件 户口本 军官证 军人证",
    ),
    "marital": _table(
        single="未婚 单身", married="已婚 结婚 已婚有子女 已婚无子女", divorced="离异 离婚 已离婚", widowed="丧偶"
    ),
    "housing": _table(
        owned="自有 自购 自有住房 有房 按揭 自有房产",
        rented="租 租房 租住 租赁",
        family="与父母同住 父母房 家人房产 与家人同住",
        other="其他 其它 单位宿舍 宿舍",
    ),
    "preferred_channel": _table(
        visit="拜访 上门 面访 见面 面谈",
        call="电话 打电话",
        message="短信 微信 消息 信息 wechat sms",
        meeting="会面 聚会 活动见面",
        online="线上 视频",
    ),
    "stage": _table(
        potential="潜在 潜在客户 d d类",
        target="目标 目标客户 c c类",
        prospect="准客户 意向 意向客户 b b类",
        client="客户 老客户 已成交 成交客户 成交 签单客户 a a类",
        loyal="忠诚 忠诚客户 忠实客户 vip 转介绍中心",
    ),
    "contact_permission": _table(
        any="可以 可 可联系 可以联系 允许 同意 都可以 是",
        service="仅服务 只服务 只谈服务 服务 只接受服务",
        none="不可 不可联系 请勿联系 请勿打扰 勿扰 不允许 否 拒绝",
    ),
    "relation": _table(
        spouse="配偶 夫妻 妻子 丈夫 妻 夫 老婆 老公 爱人 太太 先生 husband wife",
        child="子女 儿子 女儿 子 女 长子 次子 三子 长女 次女 三女 独子 独女 孩子 儿女 son daughter kid",
        parent="父母 父亲 母亲 父 母 爸爸 妈妈 爸 妈 父子 母子 father mother",
        parent_in_law="公婆 岳父母 公婆或岳父母 岳父 岳母 公公 婆婆 丈人 丈母娘 fatherinlaw motherinlaw",
        grandparent="祖父母 外祖父母 祖父 祖母 外祖父 外祖母 爷爷 奶奶 外公 外婆 姥姥 姥爷 grandfather grandmother",
        grandchild="孙辈 孙子 孙女 外孙 外孙女 孙子女 grandson granddaughter",
        sibling="兄弟姐妹 兄弟 姐妹 哥哥 弟弟 姐姐 妹妹 兄 弟 姐 妹 brother sister",
        other="其他 其它 其他亲属 亲属 朋友 叔叔 姑姑 舅舅 姨妈 侄子 侄女 外甥 外甥女 friend",
    ),
    "pay_mode": _table(
        single="趸交 趸缴 一次性 一次交清 一次性交清 一次性缴清 lumpsum onetime",
        year="年交 年缴 年 按年 每年 年付 annual annually yearly",
        half="半年交 半年缴 半年 半年付 semiannual halfyearly",
        quarter="季交 季缴 季 季度 按季 季付 quarterly",
        month="月交 月缴 月 按月 每月 月付 monthly",
    ),
    "termination": _table(
        surrendered="退保 已退保 解约",
        matured="满期 已满期 期满 满期终止",
        claimed="理赔 已理赔 已赔付 理赔终止",
        lapsed="失效 已失效 中止",
        cancelled="撤单 犹豫期退保 撤销 撤保 注销",
    ),
    "social_insurance": _table(
        employee="职工医保 城镇职工医保 职工社保 城镇职工 职工 有 有社保 有医保 社保 医保 城镇职工基本医疗保险",
        resident="居民医保 城乡居民医保 居民 城镇居民医保 城乡居民基本医疗保险",
        rural="新农合 农村合作医疗 农合",
        none="无 没有 无社保 都没有 无医保",
    ),
}  # fmt: skip
# What our own files and pages call a code.
for _field, _labels in labels.CODES.items():
    for _code, _label in _labels.items():
        if _field in ENUMS:
            ENUMS[_field].setdefault(plain(_label), _code)

# What a policy that is in force says where a list has 保单状态.
IN_FORCE = _words("有效 正常 生效 承保 缴费中 交费中 缴费有效 交费有效 inforce active valid")

SELF = _words("本人 自己 投保人 self")

# Relations that tell the sex as well.
FEMALE = _words(
    "妻子 妻 老婆 太太 女儿 女 长女 次女 三女 独女 母亲 母 妈妈 妈 岳母 婆婆 丈母娘 祖母 外祖母 奶奶 外婆 姥姥 孙女 "
    "外孙女 姐妹 姐姐 妹妹 姐 妹 姑姑 姨妈 侄女 外甥女 wife daughter mother grandmother sister"
)
MALE = _words(
    "丈夫 夫 老公 儿子 子 长子 次子 三子 独子 父亲 父 爸爸 爸 岳父 公公 丈人 祖父 外祖父 爷爷 外公 姥爷 孙子 外孙 兄弟 "
    "哥哥 弟弟 兄 弟 叔叔 舅舅 侄子 外甥 husband son father grandfather brother"
)

POLICY_KINDS: dict[str, str] = _table(
    term="定期 定期寿险 定寿 定期寿",
    whole_life="终身寿险 终身寿 寿险 终身 人寿 人寿保险",
    increasing_whole_life="增额寿 增额终身寿 增额终身寿险 增额终身",
    ci="重疾 重疾险 重大疾病 重大疾病保险 重大疾病险 防癌险 疾病险",
    medical="医疗 医疗险 百万医疗 百万医疗险 医疗保险 住院医疗 健康险",
    accident="意外 意外险 意外伤害 意外伤害保险 意外保险 人身意外",
    annuity="年金 年金险 养老 养老险 养老金 养老年金 养老保险 理财险",
    education="教育金 教育 少儿教育金 教育年金",
    disability="失能 失能险 伤残 护理险 护理",
    endowment="两全 两全险 两全保险 生死两全",
    motor="车险 机动车 机动车辆保险 汽车保险 交强险 商业车险 商业险 汽车险 车",
    home="家财险 家财 家庭财产险 家庭财产 家庭财产保险 房屋保险",
    liability="责任险 责任 雇主责任险 第三者责任",
    other="其他 其它 其他险种 其他保险",
)
for _code, _label in labels.CODES["kind"].items():
    POLICY_KINDS.setdefault(plain(_label), _code)

# Inside a product's name; the first that occurs decides, so the narrower stand first.
POLICY_HINTS: tuple[tuple[str, str], ...] = (
    ("增额", "increasing_whole_life"),
    ("重大疾病", "ci"),
    ("重疾", "ci"),
    ("防癌", "ci"),
    ("恶性肿瘤", "ci"),
    ("教育", "education"),
    ("年金", "annuity"),
    ("养老", "annuity"),
    ("两全", "endowment"),
    ("失能", "disability"),
    ("护理", "disability"),
    ("机动车", "motor"),
    ("车险", "motor"),
    ("交强", "motor"),
    ("家庭财产", "home"),
    ("家财", "home"),
    ("责任", "liability"),
    ("医疗", "medical"),
    ("住院", "medical"),
    ("意外", "accident"),
    ("定期寿", "term"),
    ("定寿", "term"),
    ("终身寿", "whole_life"),
    ("寿险", "whole_life"),
)


def policy_kind(text: str) -> tuple[str, bool]:
    """The line of insurance, and whether the text was only its name (else it is a product's name, worth keeping)."""
    key = plain(text)
    if key in POLICY_KINDS:
        return POLICY_KINDS[key], True
    return next((code for hint, code in POLICY_HINTS if hint in key), "other"), False
