"""The demo catalogue: the cells that the design names, files that the script makes, and texts fit for customers."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from itertools import pairwise
from typing import Any

import brotli
import pytest

from portal.products import mortality, premium, rating
from portal.products.catalogue_files import FOLDER, ours
from portal.published import MOST_BODY
from sync.canonical import canonical

#: `age:male/female` in yuan, as the design prints them.
RATES = """
DF-T1 y20|y20  18:0.52/0.24 20:0.58/0.26 25:0.82/0.35 30:1.24/0.53 35:1.93/0.84 40:2.93/1.31 45:4.47/2.10 50:7.10/3.59
DF-T1 y30|y30  20:0.92/0.40 30:2.05/0.91 40:4.93/2.45
DF-T1 y10|y10  30:0.77/0.32 50:4.30/1.96
DF-T1 a60|a60  35:2.44/1.08 45:3.55/1.60
DF-T1 y20|y10  30:2.25/0.96
DF-W1 life|y20 0:15.54/13.93 20:22.75/20.45 30:27.60/24.84 40:33.68/30.28 50:41.45/37.08 60:53.14/46.75
DF-W1 life|y10 30:49.96/45.10
DF-C1 life|y30 0:13.72/12.71 20:20.13/18.70 30:24.80/23.00 40:31.48/28.72 50:41.86/36.50
DF-C1 life|y20 30:33.23/30.91 40:40.96/37.88
DF-C2 a70|y20  0:7.05/6.04 20:10.23/8.69 30:12.32/10.35 40:14.81/12.01 50:17.01/12.66
DF-R1 life|y10 30:1,505.06/1,647.71 35:1,646.69/1,799.63 40:1,801.17/1,965.31 45:1,968.96/2,145.66 50:2,149.98/2,341.42
DF-E1 a21|y10  0:80.60/80.63 1:82.21/82.24 3:85.54/85.57 5:89.00/89.02 8:94.45/94.48
DF-WV |y10     30:9.23/8.61 40:23.46/22.29
DF-WV |y20     25:16.73/15.40 30:25.52/24.10 40:68.85/60.68
"""
#: Year and cash value of increasing whole life for 1,000 yuan of yearly premium.
VALUES = """
life|y5  1:609.96 2:1,517.78 5:4,803.88 8:5,097.92 10:5,303.87 20:6,465.39 30:7,881.28
life|y3  1:618.80 10:3,051.77
life|y10 10:10,558.91 20:12,871.26
"""
CODES = [f"DF-{code}" for code in ("A1", "A2", "C1", "C2", "E1", "H1", "M1", "R1", "T1", "V1", "W1", "W2", "WV")]
WORDS = ["kind", "line", "design", "risk_grade", "role", "chooses", "terms", "pays", "modes"]


@cache
def catalogue() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Bodies by product code, and tables by their SHA-256, as committed."""
    records, blobs = ours()
    return {record["code"]: record["body"] for record in records}, {
        sha: json.loads(text) for sha, text in blobs.items()
    }


@cache
def made() -> dict[str, str]:
    """What the script makes, worked out anew."""
    return rating.files()


def body(code: str) -> dict[str, Any]:
    return catalogue()[0][code]


def table(sha: str) -> dict[str, Any]:
    return catalogue()[1][sha]


def fen(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


def rate_cells():
    for line in RATES.strip().splitlines():
        code, key, *cells = line.split()
        for cell in cells:
            age, amounts = cell.split(":")
            for sex, amount in zip("mf", amounts.split("/"), strict=True):
                yield code, key, sex, int(age), fen(amount)


# Figures of the design


@pytest.mark.parametrize("code, key, sex, age, rate", list(rate_cells()))
def test_a_rate_of_the_design(code, key, sex, age, rate):
    first, column = table(body(code)["price"]["rates"])["cells"][key][sex]
    assert column[age - first] == rate


@pytest.mark.parametrize(
    "key, year, value",
    [
        (key, int(y), fen(v))
        for key, *cells in map(str.split, VALUES.strip().splitlines())
        for y, v in (c.split(":") for c in cells)
    ],
)
def test_a_cash_value_of_the_design(key, year, value):
    assert table(body("DF-W2")["values"])["cells"][key]["x"][1][0][year - 1] == value


def test_when_the_growing_cover_is_worth_what_was_paid():
    """Five years paid: year 8 is the first with at least the premiums paid."""
    column = table(body("DF-W2")["values"])["cells"]["life|y5"]["x"][1][0]
    assert next(year for year, value in enumerate(column, start=1) if value >= 100_000 * min(year, 5)) == 8


def quoted(
    code: str, *, age: int = 30, gender: str = "male", occupation: int = 1, social: bool = True, **chosen: Any
) -> int:
    """The yearly premium of a cover that begins on somebody's birthday."""
    person = {"id": "p", "gender": gender, "birth_date": f"{2026 - age}-11-26", "relation": "self"}
    person |= {"occupation_class": occupation, "social_insurance": social}
    cover = {"id": "c1", "product": f"{code}@1", "insured": "p", "sum_fen": None, "premium_fen": None, "plan": None}
    cover |= {"extras": [], "items": {}, "factors": {}, "rider_of": None, "term": "y1", "pay": "y1", **chosen}
    rates = catalogue()[1].get(body(code)["price"].get("rates"))
    return premium.price(cover, body(code), rates, person, person, "2026-11-26")["yearly_fen"]


def test_a_million_of_term_cover_for_a_man_of_30_costs_1240_yuan():
    assert quoted("DF-T1", sum_fen=100_000_000, term="y20", pay="y20") == 124_000


@pytest.mark.parametrize(
    "ages, yuan",
    [
        ((0, 4), 680), ((5, 10), 330), ((11, 20), 220), ((21, 25), 240), ((26, 30), 300), ((31, 35), 380), ((36, 40), 520),
        ((41, 45), 740), ((46, 50), 1060), ((51, 55), 1480), ((56, 60), 2020), ((61, 65), 2860), ((66, 70), 3920), ((71, 99), 5200),
    ],
)  # fmt: skip
def test_medical_by_age(ages, yuan):
    assert {quoted("DF-M1", age=age) for age in ages} == {yuan * 100}


def test_medical_without_social_insurance():
    assert quoted("DF-M1", age=30, social=False) == 57_000, "300 × 1.9"


def test_accident_by_class_and_extras():
    assert quoted("DF-A1", sum_fen=10_000_000) == 5_800
    assert quoted("DF-A1", sum_fen=10_000_000, occupation=4) == 12_760, "58 × 2.2"
    assert quoted("DF-A1", sum_fen=10_000_000, occupation=4, extras=["medical", "allowance"]) == 20_760, (
        "+ 60 + 20 as they are"
    )


def test_plans_for_seniors():
    assert [quoted("DF-A2", age=70, plan=plan) for plan in ("p1", "p2")] == [19_900, 36_900]


def test_motor_and_home_of_the_design():
    assert quoted("DF-V1", items={"third_party": "3m"}, factors={"ncd": 7000, "own": 9000}) == 79_380
    assert quoted("DF-V1", items={"compulsory": "under_6"}, factors={"ncd": 7000, "own": 9000}) == 95_000, (
        "outside both"
    )
    assert quoted("DF-V1", items={"damage": 20_000_000}) == 250_000, "1.1 % of 200,000 + 300"
    things = {
        "building": 100_000_000,
        "renovation": 20_000_000,
        "contents": 10_000_000,
        "water": "yes",
        "third_party": "200k",
    }
    assert quoted("DF-H1", items=things) == 57_000
    assert quoted("DF-H1", items={"water": "yes"}) == 6_000, "at least 60 yuan"


# A second reckoning, in floats and straight from the formulas


def plain_rate(code: str, sex: str, x: int, n: int, m: int) -> float:
    """The rate for 1,000 yuan in yuan; `n` and `m` are years of cover and of premiums."""
    man = sex == "m"

    def q(name: str, t: int) -> float:
        return mortality.TABLES[name][x + t] / 1e6

    def ill(t: int, factor: float) -> tuple[float, float]:
        age = x + t
        if age == 105:
            return 0.0, 1.0
        bends = [(0, 0.95), (20, 1.05), (30, 1.25), (40, 1.20), (50, 0.95), (60, 0.70), (70, 0.65), (106, 0.65)]
        low, high = next(pair for pair in pairwise(bends) if pair[0][0] <= age <= pair[1][0])
        share = 1 if man else low[1] + (high[1] - low[1]) * (age - low[0]) / (high[0] - low[0])
        chance = factor * q("CI-M", t) * share
        caused = mortality.TABLES["CI-K"][age] / 1e4
        return chance, chance + (1 - caused) * 0.8 * q("CL1" if man else "CL2", t)

    rate, expense = {"DF-T1": (0.02, 0.30), "DF-W1": (0.02, 0.15), "DF-R1": (0.0175, 0.08), "DF-E1": (0.02, 0.08)}.get(
        code, (0.02, 0.20)
    )
    v, d, inside, value, annuity, back = 1 / (1 + rate), 1.0, 0.0, 0.0, 0.0, 0.0
    start = {"DF-R1": 60 - x, "DF-E1": 18 - x}.get(code, 0)
    for t in range(n):
        if code in ("DF-T1", "DF-W1"):
            h = min(1.0, (0.5 if code == "DF-T1" else 0.8) * q("CL1" if man else "CL2", t)) if x + t < 105 else 1.0
            claim = h
        elif code in ("DF-C1", "DF-C2"):
            only, h = ill(t, 0.85)
            claim = h if code == "DF-C1" else only
        else:
            h, claim = (
                q({"DF-R1": "CL5", "DF-E1": "CL3"}[code] if man else {"DF-R1": "CL6", "DF-E1": "CL4"}[code], t),
                0.0,
            )
        if code == "DF-R1" and t == start:
            inside += d * sum(v**j for j in range(20))
        if code == "DF-R1" and t >= start + 20:
            inside += d
        if t < m:
            annuity += d
        if t < start:
            back += d * v**0.5 * h * min(t + 1, m)
        value += d * v**0.5 * claim
        d *= v * (1 - h)
        if code == "DF-E1" and t + 1 >= start:
            inside += 0.25 * d
    return 1000 * (value + inside) / ((1 - expense) * annuity - back)


@pytest.mark.parametrize("code", ["DF-T1", "DF-W1", "DF-C1", "DF-C2", "DF-R1", "DF-E1"])
def test_every_rate_is_worked_out_twice(code):
    cells = table(body(code)["price"]["rates"])["cells"]
    for key, by_sex in cells.items():
        for sex, (first, column) in by_sex.items():
            for age, rate in enumerate(column, start=first):
                n, m = (premium.years(part, age) for part in key.split("|"))
                assert abs(100 * plain_rate(code, sex, age, n, m) - rate) <= 0.5 + 1e-6, (key, sex, age)


# What is offered at which age


def test_rates_from_birth_and_at_the_ends():
    """Whoever is 28 days old is 0; nothing is offered where a term would run too long."""
    for code, key, first, last in [
        ("DF-T1", "y20|y20", 18, 55), ("DF-T1", "y30|y30", 18, 45), ("DF-T1", "a60|a60", 18, 59), ("DF-T1", "a70|a70", 18, 60),
        ("DF-W1", "life|y20", 0, 60), ("DF-C1", "life|y30", 0, 55), ("DF-C2", "a70|y20", 0, 50), ("DF-R1", "life|y10", 0, 50),
        ("DF-R1", "life|y5", 0, 55), ("DF-E1", "a21|y10", 0, 8), ("DF-E1", "a21|single", 0, 10), ("DF-WV", "|y20", 18, 45),
        ("DF-WV", "|y10", 18, 55), ("DF-WV", "|y47", 18, 18),
    ]:  # fmt: skip
        for sex in "mf":
            at, column = table(body(code)["price"]["rates"])["cells"][key][sex]
            assert (at, at + len(column) - 1) == (first, last), (code, key)
            assert all(isinstance(rate, int) and rate > 0 for rate in column)


def test_newborns_may_have_what_begins_at_28_days():
    young = {code: body(code)["entry"]["min_days"] for code in CODES if body(code)["entry"].get("min_days")}
    assert young == dict.fromkeys(["DF-A1", "DF-C1", "DF-C2", "DF-M1", "DF-W1", "DF-W2"], 28)


def test_every_rate_has_its_values():
    """A column of cash values is as long as the cover runs, never below nothing, and nothing where nothing is left."""
    for code in ("DF-T1", "DF-W1", "DF-C1", "DF-C2", "DF-R1", "DF-E1"):
        rates, values = table(body(code)["price"]["rates"])["cells"], table(body(code)["values"])["cells"]
        assert rates.keys() == values.keys()
        for key, by_sex in rates.items():
            for sex, (first, column) in by_sex.items():
                start, lists = values[key][sex]
                assert (start, len(lists)) == (first, len(column))
                for age, cash in enumerate(lists, start=first):
                    assert len(cash) == premium.years(key.split("|")[0], age)
                    assert min(cash) >= 0
                    assert cash[-1] == 0


def test_only_dividends_need_reserves():
    assert [code for code in CODES if body(code)["values"] and "reserves" in table(body(code)["values"])] == ["DF-R1"]
    assert [code for code in CODES if body(code)["illustration"]] == ["DF-R1"]
    assert body("DF-R1")["design"] == "participating"
    assert body("DF-R1")["illustration"]["demo_rate_bp"] <= 450, "R22"


# Files


def test_the_files_are_what_the_script_makes():
    there = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*.json")}
    assert there.keys() == made().keys()
    assert [name for name, path in there.items() if path.read_text(encoding="utf-8") != made()[name]] == []


def test_the_script_removes_what_no_product_names(tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "0.json").write_text("{}")
    (tmp_path / "DF-X9-1.json").write_text("{}")
    rating.write(tmp_path, made())
    once = {path.name: path.read_bytes() for path in tmp_path.rglob("*.json")}
    rating.write(tmp_path, made())
    assert once == {path.name: path.read_bytes() for path in tmp_path.rglob("*.json")}
    assert ours(tmp_path) == ours()


def test_a_table_is_canonical_and_named_by_its_sha256():
    _, blobs = ours()
    for sha, text in blobs.items():
        assert hashlib.sha256(text.encode()).hexdigest() == sha
        assert canonical(json.loads(text)) == text.encode()


def test_every_table_is_named_by_a_product_and_there():
    named = {each for code in CODES for each in (body(code)["price"].get("rates"), body(code)["values"]) if each}
    assert named == catalogue()[1].keys()


def test_material_is_the_sha256_of_the_rest_of_the_body():
    for code in CODES:
        rest = {key: value for key, value in body(code).items() if key != "material"}
        assert hashlib.sha256(canonical(rest)).hexdigest() == body(code)["material"]


def test_the_catalogue_is_small_on_the_wire():
    """Compressed one by one, as they are fetched."""
    records, blobs = ours()
    texts = [canonical(record) for record in records] + [text.encode() for text in blobs.values()]
    assert sum(len(brotli.compress(text, quality=5)) for text in texts) < 200_000
    assert max(len(canonical(record["body"])) for record in records) < MOST_BODY


# Texts


def test_the_whole_catalogue_is_there():
    records, _ = ours()
    assert [record["code"] for record in records] == CODES
    assert {(record["version"], record["from_date"], record["to_date"]) for record in records} == {
        (1, "2026-01-01", None)
    }


def texts(value: Any):
    """Every text for people below a value, as (language, text)."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in ("zh", "en") and isinstance(each, str):
                yield key, each
            elif key in ("zh", "en"):
                yield from ((key, text) for text in each.values())
            else:
                yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


#: R23, and words that promise too much.
FORBIDDEN = [
    "保本",
    "保息",
    "稳赚",
    "刚兑",
    "比存款",
    "高利息",
    "理财产品",
    "收益率",
    "最高",
    "第一",
    "最后一天",
    "即将停售",
    "返佣",
    "赠送",
    "送礼",
    "抽奖",
]


@pytest.mark.parametrize("code", CODES)
def test_texts_are_honest_and_well_set(code):
    found = list(texts(body(code)))
    assert sum(language == "zh" for language, _ in found) == sum(language == "en" for language, _ in found) > 10
    for language, text in found:
        assert text.strip() == text != ""
        if language == "zh":
            assert not [word for word in FORBIDDEN if word in text], text
            assert not re.search(r"[！!,;:?]", text), text
            assert not re.search(
                r"[\u4e00-\u9fff][0-9]|[0-9%][\u4e00-\u9fff]", re.sub(r"%(?=[\u4e00-\u9fff])", "% ", text)
            ), text
        else:
            assert not re.search(r"[\u4e00-\u9fff]|!", text), text


@pytest.mark.parametrize("code", CODES)
def test_a_body_says_what_readers_expect(code):
    product = body(code)
    assert product["demo"] is True
    assert product["zh"]["name"].startswith("演示·")
    assert "演示产品" in product["notes"][0]["zh"]
    assert all(product[key] is not None for key in WORDS if key != "line")
    assert product["benefits"]
    assert len(product["exclusions"]) >= 6
    assert {each["of"] for each in product["benefits"]} <= {"sum", "paid", "values", "fixed", "rest"}
    codes = [each["code"] for each in product["benefits"]]
    assert len(set(codes)) == len(codes)


def test_waiting_and_cooling_off_stay_within_the_law():
    for code in CODES:
        long = body(code)["kind"] not in ("accident", "motor", "home")
        assert body(code)["cooling_off_days"] == (15 if long else 0)
        assert body(code)["waiting_days"] <= 180
        assert body(code)["waiting_days"] == max(each["waiting_days"] for each in body(code)["benefits"])


def test_nothing_is_ticked_beforehand():
    """R15: no part of a cover is forced on anybody."""
    for code in ("DF-V1", "DF-H1"):
        assert [item["code"] for item in body(code)["price"]["items"] if item["required"]] == []
