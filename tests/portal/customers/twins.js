// The phone's half of the pure rules, asked line by line: `["dates.addMonths", "2026-01-31", 1]` → `"2026-02-28"`.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const js = "../../../portal/static/js/domain/";
const names = ["birthdays", "dates", "idcard", "lunar", "money", "phones", "pinyin", "policy", "rules", "search"];
const domain = Object.fromEntries(
  await Promise.all(names.map(async (name) => [name, await import(`${js}${name}.js`)])),
);

const sounds = new URL("../../../portal/static/js/generated/sounds.json", import.meta.url);
domain.pinyin.hear(JSON.parse(readFileSync(sounds, "utf8")));

/** What JSON cannot carry is made here. */
const special = {
  "rules.rowFaults": (kind, row, old, { today, rows }) =>
    domain.rules.rowFaults(kind, row, old, {
      today,
      get: (wanted, id) => (rows[wanted] ?? []).find((one) => one.id === id) ?? null,
      children: (wanted, id) => (rows[wanted] ?? []).filter((one) => one.customer_id === id),
    }),
  "lunar.table": () =>
    Array.from({ length: 201 }, (_, place) => {
      const year = 1900 + place;
      return [domain.lunar.newYear(year), domain.lunar.leapMonth(year), domain.lunar.monthLengths(year)];
    }),
  "lunar.tyme4ts": async () => {
    const { LunarYear } = await import("tyme4ts");
    return Array.from({ length: 200 }, (_, place) => {
      const year = LunarYear.fromYear(1900 + place);
      const months = year.getMonths();
      const first = months[0].getFirstJulianDay().getSolarDay();
      const text = (number) => String(number).padStart(2, "0");
      const day = `${first.getYear()}-${text(first.getMonth())}-${text(first.getDay())}`;
      return [day, year.getLeapMonth(), months.map((month) => month.getDayCount())];
    });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [call, ...args] = JSON.parse(line);
  const [module, name] = call.split(".");
  const result = await (special[call] ?? domain[module][name])(...args);
  process.stdout.write(`${JSON.stringify(result ?? null)}\n`);
}
