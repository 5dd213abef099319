"""Make the lunar table anew: `python -m portal.lunar_table`. Both languages read what this writes.

Astronomy decides (tyme4py); some libraries are wrong in 2057, 2089 and 2097. The table covers the lunar years 1900 to
2100; a number holds the leap month (times 8192) and a bit for each month in order, 1 for 30 days.
"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
FIRST_YEAR, LAST_YEAR = 1900, 2100


def years() -> list[int]:
    """The numbers of all years, worked out by tyme4py."""
    from tyme4py.lunar import LunarYear

    made = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        lunar = LunarYear.from_year(year)
        bits = sum((month.get_day_count() == 30) << place for place, month in enumerate(lunar.get_months()))
        made.append(lunar.get_leap_month() * 8192 + bits)
    return made


def main() -> None:
    """Write the table for Python and for the phone."""
    text = json.dumps(years(), separators=(",", ":"))
    (HERE / "lunar_table.json").write_text(text + "\n")
    source = (
        "// Made by `python -m portal.lunar_table`: a number for each lunar year from 1900 on.\n"
        "// prettier-ignore\n"
        f"export const YEARS = {text};\n"
    )
    (HERE / "static" / "js" / "domain" / "lunar-table.js").write_text(source)


if __name__ == "__main__":
    main()
