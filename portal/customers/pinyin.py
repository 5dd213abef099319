"""How Chinese names sound, for search: one table of characters and readings that serves Python and the phone.

Made from pypinyin for the characters of GB2312 and those that names use beyond it, with our own table of surnames, for
pypinyin reads 单 仇 解 区 曾 查 覃 as the words they are elsewhere. Keys are lower case without blanks, ü is v.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

from portal.blanks import BLANK

#: Readings of surnames, the usual one first. Every other reading of the character still finds the name.
SURNAMES = {
    "单": "shan", "仇": "qiu", "解": "xie", "区": "ou", "曾": "zeng", "查": "zha", "覃": "qin tan", "任": "ren",
    "朴": "piao", "盖": "ge", "缪": "miao", "翟": "zhai di", "乐": "yue le", "员": "yun", "召": "shao", "折": "she",
    "种": "chong", "纪": "ji", "华": "hua", "宁": "ning", "冼": "xian", "洗": "xian", "燕": "yan", "应": "ying",
    "黑": "he", "盛": "sheng", "隗": "wei kui", "牟": "mou mu", "祭": "zhai", "秘": "bi", "繁": "po", "逄": "pang",
    "晁": "chao", "佴": "nai", "郇": "xun huan", "宓": "mi fu", "谌": "chen shen", "贾": "jia", "石": "shi",
    "柏": "bai bo", "葛": "ge", "句": "gou", "阚": "kan", "能": "nai", "瞿": "qu", "莘": "shen xin", "郄": "qie xi",
    "幺": "yao", "乜": "nie", "相": "xiang", "俞": "yu", "於": "yu", "臧": "zang", "訾": "zi", "尉": "wei yu",
    "过": "guo", "哈": "ha", "车": "che", "重": "chong", "缑": "gou", "郗": "xi chi", "费": "fei bi", "娄": "lou",
    "卜": "bu", "褚": "chu", "沈": "shen", "洪": "hong", "占": "zhan", "仝": "tong", "吉": "ji", "戚": "qi",
    "强": "qiang", "乔": "qiao", "曲": "qu", "粘": "nian zhan", "那": "na", "呙": "guo", "蹇": "jian", "诸": "zhu",
    "便": "pian", "都": "du", "长": "chang", "令": "ling", "薄": "bo", "鲜": "xian", "朝": "chao", "弗": "fu",
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "令狐": "ling hu", "鲜于": "xian yu",
    "单于": "chan yu", "宰父": "zai fu", "夏侯": "xia hou", "司马": "si ma", "欧阳": "ou yang", "诸葛": "zhu ge",
    "上官": "shang guan", "皇甫": "huang fu", "东方": "dong fang", "南宫": "nan gong", "慕容": "mu rong",
    "公孙": "gong sun", "轩辕": "xuan yuan", "端木": "duan mu", "呼延": "hu yan", "拓跋": "tuo ba", "百里": "bai li",
    "独孤": "du gu", "司徒": "si tu", "司空": "si kong", "宇文": "yu wen", "申屠": "shen tu", "闻人": "wen ren",
}  # fmt: skip

#: Characters of names that GB2312 does not have.
BEYOND = (
    "喆玥堃赟昇珺彧垚犇骉焱燚翀祎祐玮瑄琤玙琎玘珣琇璟璇暐昉晞昶晔暄烜煊熠翊锜铉鋆镕镔沄泓洺浠渼湉滢漪濛皞睿礽禛禔竑筱"
    "荃莜莙菀葳蕙橦栩枘栎桁桉梽梓楗榕樾翾翮翯羿翟芃芊苒茗茜荟荞荻莹菁菡萁萱葶蓁蔚薏藜蘅嫄嫕嫣嬅婳婠婕娅娉娈妤妘姝姞姮"
    "晗昕昳昫昱昴晁晅晊晙晟晢晫晸暕暅暻曈曦炅炆炜炘炟烨烺焓焜熙燊燏爔爻甯畅畀皓皙盱眭睐睦瞳砚砺硕碧磊祁祚祜祺禄禧"
    "稔穗竣笙箬篪粲綦綮縠纮纾绂绡绮缇缦缨羲翕翎耘聿芷芸苓荔莉莎蒗蓓蓝蕊蕾薇藩覃訏诒诗谞谦谧豫赓赪跞轫轾辕迦逄逯遒邈"
    "邗邛邝邰邵郅郕郜郝郢郦郯郾鄄鄞鄢鄯鄱酆钊钏钦钰钲铄铖铭铮锟锴锺镡镠闵闿阎阚阙陟陶隽雍雯霁霄霆霈霏霓霖霞靓靖鞠韬韫"
    "韶頔颀颉颐颖颢馥馨骁骅骆骊骋骏骐骞骥鲲鳌鸢鸣鸿鹂鹄鹏鹤鹭麒麟黎黛鼎齐龚䶮㛃㬎㬚㵑㻬嘏囡堉墐壕奭孚孛孜孺宸寯峤峣"
    "崟嵘嵩巍帷幄庚廷弋弈弢彤彦彪彬徵忱怡怿恺悦惇惜惠愔慈慕慧懿戎戬扬拓挚捷掣揆摅攸敖敏敦斌斐斓旂旃旌旎旖旸旻昂昊"
    "槿橙櫆欣歆毓沁沐沛沣沨泊泠泽洁洵洹浚浩浦涓涟淇淑淳淼渊渝湛湜溪溱滕漪潇潞潼澄澍澔澜濂瀚瀛灏灿烁煜煦熹燕燿璐璞璠璧"
    "瓒甄畯瑗瑜瑞瑛瑶瑾璁璋璎璨琚琛琢琦琨琪琬琮琰琳琴琵琼珂珅珈珉珊珍珏珑珞珩珮珰珲珵珽現琅理琊琏琐玄玉王玎玑玓玕玖玚玢玠玡玥玦玫玮环玶玹玺"
    "俣侗佺佾俶倓倞倩倬偁偲傃儆儇儒冏冔凇劼劭勍勖勰卿厉叡吾呈咏咸哲唐嘉噩囿圳坤垣城埕培基堃堇堙堦塬墉增壬壮夔奂奕奚妍妙姗姣娜娟娥婉婧婵媛媞嫒嫦嬿"
    "仟仝仞伃伣伾佶佼侑侃俍俊偌偓僖僮兟兢冕凌凝凡凯刚勃勇勋匀匡华卓博印叶名吟君启和品响哿哲唯啸善喜嘏囯国圣圭𠮷𬭎𫖯𬸣𬍛𬸚"
)

#: At most so many spellings of one name; the rarest readings of long names fall away.
MOST = 16
#: Full-width letters are the same letters; ü is typed v.
FOLDED = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord("ü"): "v", ord("Ü"): "v"}
LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_DROPPED = re.compile(f"[{BLANK}·•・.'’-]")


def gb2312() -> list[str]:
    """The 6,763 characters of GB 2312-1980."""
    return [
        bytes((row, cell)).decode("gb2312")
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
        if not (row == 0xD7 and cell > 0xF9)
    ]


def fold(text: str) -> str:
    """As texts are compared: half width, Latin letters in lower case, ü as v. Keeps the number of characters."""
    return text.translate(FOLDED).translate(LOWER)


@cache
def table() -> dict[str, tuple[str, ...]]:
    """Character → readings: the usual one, then the others by the alphabet (the packed table keeps that order)."""
    from pypinyin import Style, pinyin

    made = {}
    for char in dict.fromkeys([*gb2312(), *BEYOND]):
        found = pinyin(char, style=Style.NORMAL, heteronym=True)[0]
        sounds = dict.fromkeys(sound.replace("ü", "v").replace("ê", "e") for sound in found)
        kept = tuple(sound for sound in sounds if sound.isascii() and sound.isalpha())
        if kept:
            made[char] = (kept[0], *sorted(kept[1:]))
    return made


@cache
def surnames() -> dict[str, tuple[str, ...]]:
    """Surname → its readings: of one character alternatives, of two one reading each."""
    return {name: tuple(sounds.split()) for name, sounds in SURNAMES.items()}


def syllables(name: str) -> list[tuple[str, ...]]:
    """For each character of a name what it may sound like, the likeliest first; other letters stand for themselves."""
    heard = [table().get(char) or (_letter(char),) for char in name]
    double = surnames().get(name[:2])
    if double and len(name) > 2:
        heard[:2] = [_first(sound, rest) for sound, rest in zip(double, heard, strict=False)]
    elif name[:1] in surnames():
        heard[0] = _first(*surnames()[name[0]], heard[0])
    return heard


def _first(*sounds_and_rest: str | tuple[str, ...]) -> tuple[str, ...]:
    *sounds, rest = sounds_and_rest
    return tuple(dict.fromkeys([*sounds, *rest]))


def _letter(char: str) -> str:
    return _DROPPED.sub("", fold(char))


def readings(name: str) -> list[str]:
    """Every way to spell a name in full, the likeliest first, then its initials."""
    heard = [sounds for sounds in syllables(name) if sounds != ("",)]
    if not heard:
        return []
    initials = [tuple(dict.fromkeys(sound[0] for sound in sounds)) for sounds in heard]
    return list(dict.fromkeys([*_spellings(heard), *_spellings(initials)]))


def _spellings(heard: list[tuple[str, ...]]) -> list[str]:
    """Up to `MOST` ways to choose a reading for each character, those with fewer rare readings first."""
    made: list[str] = []
    for rarity in range(sum(len(sounds) - 1 for sounds in heard) + 1):
        for spelled in _as_rare(heard, 0, rarity):
            made.append(spelled)
            if len(made) == MOST:
                return made
    return made


def _as_rare(heard: list[tuple[str, ...]], place: int, rarity: int) -> Iterator[str]:
    """The ways from `place` on whose reading numbers add up to `rarity`."""
    if place == len(heard):
        if rarity == 0:
            yield ""
        return
    for number, sound in enumerate(heard[place][: rarity + 1]):
        for rest in _as_rare(heard, place + 1, rarity - number):
            yield sound + rest


def as_json() -> str:
    """The same tables for the phone, packed by sound: data that it fetches by itself (`static/js/store/sounds.js`)."""
    parts = {"usual": _by_sound(0), "others": _by_sound(1), "surnames": SURNAMES}
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _by_sound(rank: int) -> str:
    """`ai哀挨…;an安…`: the first readings (rank 0), or all further ones."""
    found: dict[str, list[str]] = {}
    for char, sounds in table().items():
        for sound in sounds[:1] if rank == 0 else sounds[1:]:
            found.setdefault(sound, []).append(char)
    return ";".join(sound + "".join(sorted(chars)) for sound, chars in sorted(found.items()))
