"""Product bodies of motor and home: what is covered is put together item by item."""

from __future__ import annotations

from typing import Any

from portal.products.rating_words import (
    PROPERTY_INSURER,
    WAN,
    YEAR_ONLY,
    YUAN,
    Words,
    benefit,
    entry,
    limits,
    product,
    words,
)

COMMERCIAL = ["ncd", "own"]
#: No-claim level −4 … +5 of the commercial covers.
NCD = [5000, 6000, 7000, 8000, 10000, 12000, 14000, 16000, 18000, 20000]
OWN = list(range(5000, 15001, 500))
#: The compulsory part has a factor of its own: three years, two, one without a claim; one; several; a death.
CLAIMS = [7000, 8000, 9000, 10000, 11000, 13000]


def item(code: str, text: Words, *, factors: list[str] | None = None, **price: Any) -> dict[str, Any]:
    """One thing to cover; nothing is ticked beforehand and nothing hangs on another."""
    return {"code": code, **text, "required": False, "factors": factors or [], **price}


def choice(code: str, yuan: int, sum_wan: int | None, text: Words) -> dict[str, Any]:
    return {"code": code, "fen": yuan * YUAN, "sum_fen": None if sum_wan is None else sum_wan * WAN, **text}


def fixed(code: str, trigger: str, text: Words, fen: int | None = None) -> dict[str, Any]:
    """What an item pays; `fen` where it is the same for everybody, else the value insured or the choice says it."""
    return benefit(code, trigger, text, of="fixed", bp=None, fen=fen, times=None, item=code)


def motor() -> dict[str, Any]:
    return product(
        words("车险组合", "Motor"),
        words("车险", "Motor"),
        insurer=PROPERTY_INSURER,
        kind="motor",
        line="car",
        risk_grade="P1",
        terms=["y1"],
        pays=["y1"],
        modes=YEAR_ONLY,
        chooses="items",
        entry=entry(min_age=18, max_age=None),
        limits=limits(),
        price={
            "form": "items",
            "min_fen": 0,
            "factors": [
                {"code": "ncd", "bp": NCD, "default": 10000, **words("无赔款优待系数", "No-claim factor")},
                {"code": "own", "bp": OWN, "default": 10000, **words("自主定价系数", "Insurer's own factor")},
                {
                    "code": "claims",
                    "bp": CLAIMS,
                    "default": 10000,
                    **words("交强险事故浮动系数", "Claims factor of the compulsory cover"),
                },
            ],
            "items": [
                item(
                    "compulsory",
                    words("机动车交通事故责任强制保险", "Compulsory third-party cover"),
                    factors=["claims"],
                    choices=[
                        choice("under_6", 950, 20, words("6 座以下", "Under 6 seats")),
                        choice("from_6", 1100, 20, words("6 座及以上", "6 seats and more")),
                    ],
                ),
                item(
                    "third_party",
                    words("第三者责任保险", "Third-party liability"),
                    factors=COMMERCIAL,
                    choices=[
                        choice("1m", 860, 100, words("100 万元", "1 million yuan")),
                        choice("2m", 1080, 200, words("200 万元", "2 million yuan")),
                        choice("3m", 1260, 300, words("300 万元", "3 million yuan")),
                    ],
                ),
                item(
                    "damage",
                    words("车辆损失保险（按车辆实际价值）", "Own damage (by the value of the car)"),
                    factors=COMMERCIAL,
                    value={"per_100000": 1100, "plus_fen": 300 * YUAN},
                ),
                item(
                    "seats",
                    words("车上人员责任保险（每座 5 万元）", "Driver and passengers (50,000 yuan a seat)"),
                    factors=COMMERCIAL,
                    count={"fen": 40 * YUAN, "most": 9, "sum_fen": 5 * WAN},
                ),
            ],
        },
        benefits=[
            fixed(
                "compulsory",
                "liability",
                words(
                    "交强险：每次事故死亡伤残 18 万元、医疗费用 1.8 万元、财产损失 0.2 万元",
                    "Compulsory cover, each accident: death and disability 180,000 yuan, medical 18,000 yuan, property 2,000 yuan",
                ),
                fen=20 * WAN,
            ),
            fixed(
                "third_party",
                "liability",
                words(
                    "第三者责任：超过交强险限额的第三者人身和财产损失，以所选限额为限",
                    "Third-party liability: injury and damage of others beyond the compulsory limits, up to the limit chosen",
                ),
            ),
            fixed(
                "damage",
                "property",
                words(
                    "车辆损失：碰撞、火灾、盗抢、自然灾害等造成的车辆损失，以车辆实际价值为限",
                    "Own damage: collision, fire, theft, natural disaster and the like, up to the value of the car",
                ),
            ),
            fixed(
                "seats",
                "liability",
                words("车上人员责任：每座 5 万元", "Driver and passengers: 50,000 yuan a seat"),
                fen=5 * WAN,
            ),
        ],
        cooling_off_days=0,
        exclusions=[
            words(
                "驾驶人饮酒、吸毒、无有效驾驶证，或者事故后逃离现场",
                "A driver who drank, took drugs, has no valid licence or leaves the scene",
            ),
            words("故意制造的事故", "An accident caused on purpose"),
            words(
                "竞赛、测试，或者以非营业车辆从事营业运输",
                "Racing, testing, or carrying for hire with a car insured as private",
            ),
            words("车辆未按规定检验或者检验不合格", "A car without a valid inspection"),
            words(
                "自然磨损、朽蚀、故障，以及车内物品的损失",
                "Wear, corrosion, breakdown, and the loss of things inside the car",
            ),
            words(
                "战争、军事冲突、恐怖活动、暴乱和核污染",
                "War, military conflict, terrorism, riot and nuclear contamination",
            ),
            words(
                "第三者责任和车上人员责任中超出国家基本医疗保险范围的医疗费用",
                "In liability covers, medical cost outside the list of the social medical insurance",
            ),
        ],
        notes=[
            words(
                "交强险是法定保险，可以在任何保险公司投保；各项保障可以分别选择",
                "The compulsory cover is demanded by law and may be taken with any insurer; every item is chosen by itself",
            ),
            words(
                "系数为演示数据，实际以投保时的系统为准；新能源车的自主定价系数另有规定",
                "Factors are demo data, the insurer's system decides; electric cars have another range of the own factor",
            ),
        ],
    )


def home() -> dict[str, Any]:
    return product(
        words("安居家庭财产保险", "Anju Home"),
        words("安居家财", "Anju Home"),
        insurer=PROPERTY_INSURER,
        kind="home",
        line="home",
        risk_grade="P1",
        terms=["y1"],
        pays=["y1"],
        modes=YEAR_ONLY,
        chooses="items",
        entry=entry(min_age=18, max_age=None),
        limits=limits(),
        price={
            "form": "items",
            "min_fen": 60 * YUAN,
            "factors": [],
            "items": [
                item("building", words("房屋主体", "Building"), value={"per_100000": 30, "plus_fen": 0}),
                item("renovation", words("房屋装修", "Fittings"), value={"per_100000": 50, "plus_fen": 0}),
                item("contents", words("室内财产", "Contents"), value={"per_100000": 100, "plus_fen": 0}),
                item(
                    "water",
                    words("水暖管爆裂", "Burst pipes"),
                    choices=[choice("yes", 40, 2, words("2 万元", "20,000 yuan"))],
                ),
                item(
                    "third_party",
                    words("居家第三者责任", "Third-party liability at home"),
                    choices=[choice("200k", 30, 20, words("20 万元", "200,000 yuan"))],
                ),
                item(
                    "theft",
                    words("盗抢", "Theft and robbery"),
                    choices=[choice("yes", 35, 2, words("2 万元", "20,000 yuan"))],
                ),
            ],
        },
        benefits=[
            fixed(
                "building",
                "property",
                words(
                    "房屋主体：火灾、爆炸、台风、暴雨等造成的损失；保险金额低于重建费用时按比例赔付",
                    "Building: fire, explosion, typhoon, heavy rain and the like; paid in proportion if the sum is below the cost of rebuilding",
                ),
            ),
            fixed(
                "renovation",
                "property",
                words(
                    "房屋装修：同样原因造成的装修损失，以保险金额为限",
                    "Fittings: loss by the same causes, up to the sum",
                ),
            ),
            fixed(
                "contents",
                "property",
                words(
                    "室内财产：同样原因造成的家具、家电、衣物等损失，在保险金额内按实际损失赔付",
                    "Contents: furniture, appliances, clothes and the like, the actual loss up to the sum",
                ),
            ),
            fixed(
                "water",
                "property",
                words("水暖管爆裂：管道破裂造成的自家损失", "Burst pipes: damage of one's own home"),
                fen=2 * WAN,
            ),
            fixed(
                "third_party",
                "liability",
                words(
                    "居家第三者责任：在住所内因过失造成他人人身或者财产损失的赔偿责任",
                    "Third-party liability: damages for injury or loss of others caused by negligence at home",
                ),
                fen=20 * WAN,
            ),
            fixed(
                "theft",
                "property",
                words(
                    "盗抢：有明显撬窃痕迹并已报案的盗窃、抢劫损失",
                    "Theft and robbery with traces of a break-in, reported to the police",
                ),
                fen=2 * WAN,
            ),
        ],
        cooling_off_days=0,
        exclusions=[
            words(
                "投保人、被保险人及其家庭成员的故意行为",
                "Intentional acts of the applicant, the insured or the household",
            ),
            words("地震、海啸及其次生灾害", "Earthquake, tsunami and what follows from them"),
            words(
                "战争、军事冲突、恐怖活动、暴乱和核污染",
                "War, military conflict, terrorism, riot and nuclear contamination",
            ),
            words("设计错误、施工质量、自然磨损和保管不善", "Faults of design or workmanship, wear and poor upkeep"),
            words(
                "金银、珠宝、现金、有价证券、古玩字画和电子数据",
                "Precious metals, jewellery, money, securities, antiques and art, electronic data",
            ),
            words(
                "违章建筑、危房，以及连续 60 日以上无人居住期间的盗抢",
                "Illegal or condemned buildings, and theft while nobody lived there for more than 60 days",
            ),
        ],
        notes=[
            words(
                "房屋主体的保险金额应当按重建费用确定，不是市场价格",
                "The sum for the building should be the cost of rebuilding, not the market price",
            ),
            words("年保费不足 60 元的，按 60 元收取", "The yearly premium is at least 60 yuan"),
        ],
    )
