"""Believable, fictional Chinese names and the families around them. Deterministic for a given generator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.customers import idcard

# Common surnames, weighted roughly as in the country; the last few are there because their reading is not the usual one.
SURNAMES = (
    "王王王李李李张张张刘刘陈陈杨杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许邓冯韩曹彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范"
    "汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤单解查曾区仇"
)
DOUBLE_SURNAMES = ("欧阳", "上官", "司徒", "诸葛")
MALE = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林斌博航宏志远立新建国文轩泽睿晨曦哲晟骏驰嘉懿"
FEMALE = "芳娜敏静丽艳娟霞秀兰燕玲桂英梅琳洁萍红玉珍雪倩婷慧颖莹蓉欣怡悦佳宁雅诗涵梦瑶子萱语桐若曦思彤嘉琪晓蕾紫琼"
CITIES = ("杭州", "宁波", "嘉兴", "绍兴", "湖州")
ESTATES = ("云栖里", "锦澜园", "望江名邸", "秋涛苑", "清波雅苑", "三堡人家", "四季花城", "映月台", "丹枫里", "橡树湾")
JOBS = (
    ("小学教师", 1), ("会计", 1), ("软件工程师", 1), ("护士", 2), ("司机", 4), ("店主", 2), ("厨师", 2), ("电工", 4),
    ("销售", 2), ("公务员", 1), ("设计师", 1), ("仓库管理员", 3), ("快递员", 4), ("退休", 1), ("药剂师", 1), ("自由职业", 1),
)  # fmt: skip
EMPLOYERS = (
    "澜庭科技",
    "启明小学",
    "江畔医院",
    "顺达物流",
    "青禾食品",
    "云帆设计",
    "宏基建材",
    "安和药房",
    "海棠酒店",
    "自营店铺",
)
HOBBIES = ("钓鱼", "广场舞", "爬山", "摄影", "烘焙", "足球", "书法", "养花", "自驾", "羽毛球")


@dataclass(frozen=True)
class Person:
    """A fictional person: name, gender (male, female), birth date, 11-digit mobile of the fictional 138 0000 range."""

    name: str
    gender: str
    born: date
    mobile: str


class Town:
    """Makes people. `today` anchors their ages, so that a fresh demo always has birthdays around today."""

    def __init__(self, random: Random, today: date):
        self.random = random
        self.today = today
        self._numbers = 0

    def surname(self) -> str:
        if self.random.random() < 0.01:
            return self.random.choice(DOUBLE_SURNAMES)
        return self.random.choice(SURNAMES)

    def given(self, gender: str) -> str:
        letters = MALE if gender == "male" else FEMALE
        count = 2 if self.random.random() < 0.78 else 1
        return "".join(self.random.choice(letters) for _ in range(count))

    def mobile(self) -> str:
        """The next number of ranges that look real and ring nowhere: 138 0000 xxxx, 139 0000 xxxx, …"""
        self._numbers += 1
        return f"1{38 + self._numbers // 10_000 % 2}{self._numbers // 20_000:04d}{self._numbers % 10_000:04d}"

    def born(self, age: int) -> date:
        """A birth date that makes somebody `age` years old today; a few have their birthday within a week."""
        year = self.today.year - age
        if age and self.random.random() < 1 / 150:
            day = self.today + timedelta(days=self.random.randint(0, 7))
            # A birthday still to come this year: the person is a year younger until then.
            return date(year, day.month, min(day.day, 28))
        # Somebody of age 0 was born some day this year, not later than today.
        days = (self.today - date(year, 1, 1)).days if age == 0 else 364
        return date(year, 1, 1) + timedelta(days=self.random.randint(0, days))

    def person(self, age: int, gender: str | None = None, surname: str | None = None) -> Person:
        gender = gender or self.random.choice(("male", "female"))
        return Person((surname or self.surname()) + self.given(gender), gender, self.born(age), self.mobile())


def id_number(person: Person, random: Random, region: str = "330102") -> str:
    """A well-formed 18-character number (GB 11643 checksum) for a fictional person; the region is one of a demo office."""
    order = random.randint(0, 499) * 2 + (1 if person.gender == "male" else 0)
    body = f"{region}{person.born:%Y%m%d}{order:03d}"
    return body + idcard.check_digit(body)
