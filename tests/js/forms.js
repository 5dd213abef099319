import { parse, read } from "../../portal/static/js/offline/forms.js";
import { newId } from "../../portal/static/js/store/ids.js";
import { check, equal, ok } from "./checks.js";

const SCHEMAS = {
  thing: {
    fields: {
      name: { type: "text", required: true, max_length: 5 },
      note: { type: "longtext", max_length: 100 },
      count: { type: "int", min: 0, max: 6 },
      price_fen: { type: "fen", min: 0, max: 100_000_000_000 },
      smoker: { type: "bool" },
      tags: { type: "set", max: 9, max_length: 9 },
      at: { type: "instant" },
      born: { type: "date", min: "1900-01-01", max: "2200-12-31" },
      owner: { type: "party" },
      stage: { type: "enum", options: ["a", "b"] },
    },
  },
};

check("what is typed becomes what is kept", () => {
  const form = new URLSearchParams(
    "name=+%E6%9D%8E%E5%BB%BA%E5%9B%BD+&count=%EF%BC%93&price_fen=12%2C000.50&smoker=false&smoker=true&tags=&tags=x&tags=y" +
      "&at=2026-11-22T09%3A30&born=2026-11-22&stage=b&note=+a%0D%0Ab+",
  );
  form.set("owner", "relative:01990000-0000-7000-8000-000000000001");
  const { values, errors } = parse("thing", form, SCHEMAS);
  equal(errors, {});
  equal(values, {
    name: "李建国",
    note: "a\nb",
    count: 3,
    price_fen: 1_200_050,
    smoker: true,
    tags: ["x", "y"],
    at: "2026-11-22T01:30:00.000Z",
    born: "2026-11-22",
    owner: { kind: "relative", id: "01990000-0000-7000-8000-000000000001" },
    stage: "b",
  });
});

check("what is not in the form is not touched, and what is emptied is null", () => {
  equal(parse("thing", new URLSearchParams("count=&tags=&smoker="), SCHEMAS).values, {
    count: null,
    tags: null,
    smoker: null,
  });
});

check("what cannot be read is judged, with a message beside the field", () => {
  const { errors } = parse("thing", new URLSearchParams("name=&count=many&born=soon&stage=z&price_fen=-1"), SCHEMAS);
  equal(Object.keys(errors), ["name", "count", "price_fen", "born", "stage"]);
  equal(errors.name, "This is required.");
  equal(parse("thing", new URLSearchParams(""), SCHEMAS, { whole: true }).errors, { name: "This is required." });
  equal(read({ type: "party" }, ["张三"]), { name: "张三" });
});

check("ids are UUIDs of version 7 that sort by time", () => {
  const ids = [newId(1_000), newId(1_001), newId()];
  equal([...ids].sort(), ids);
  ok(
    ids.every((one) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(one)),
    ids.join(),
  );
  ok(newId(0x1a2008d7400).startsWith("01a2008d-7400-7"));
});
