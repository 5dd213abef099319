// A needs analysis while it is asked: where one is, what a form answered, which entry is wrong, what becomes an edit.

import assumptions from "../../portal/needs/definitions/assumptions-cn-2026.1.json";
import model from "../../portal/needs/definitions/gap-model-household-1.json";
import questionnaire from "../../portal/needs/definitions/questionnaire-family-1.json";
import { cardChanges } from "../../portal/static/js/offline/answers.js";
import { editOf, Inquiry } from "../../portal/static/js/offline/inquiry.js";
import { answerOf, NONE, placed, rowsOf, UNSURE } from "../../portal/static/js/offline/replies.js";
import { check, equal, ok } from "./checks.js";

const BODIES = { questionnaire: questionnaire.body, assumptions: assumptions.body, model: model.body };
const SELF = { id: "mei", relation: "self", name: "Mei", gender: "female", birth_date: "1988-03-05" };
const NOW = new Date("2026-11-25T02:00:00.000Z");

/** @param {Record<string, any>} answers @param {any} [more] */
function inquiry(answers, more = {}) {
  const versions = { questionnaire: "family@1", assumptions: "CN-2026@1", model: "household@1", made_on: "2026-11-25" };
  const draft = { id: "a", customer_id: "mei", path: "full", ...versions, follows: null, answers, moved: {}, at: "" };
  const tree = /** @type {any} */ ({ customer: SELF, relatives: [], consents: [] });
  return new Inquiry(
    /** @type {any} */ ({ ...draft, ended: false, seconds: 0, shown_at: NOW.toISOString(), ...more }),
    BODIES,
    tree,
  );
}

/** @param {string} id */
const asked = (id) => {
  const question = BODIES.questionnaire.sections
    .flatMap((/** @type {any} */ one) => /** @type {any[]} */ (one.questions))
    .find((one) => one.id === id);
  return { key: id, question, section: "", member: null };
};
/** @param {Record<string, string>} fields @param {string} id @param {any} [before] */
const answered = (fields, id, before = null) =>
  answerOf(asked(id), new URLSearchParams(fields), { members: [{ id: "mei" }], before, newId: () => "new" });

check("needs: one goes on with the question one was at, else with the first that is open", () => {
  const answers = { G01: true, G02: true, H02: [SELF] };
  equal(inquiry(answers, { at: "H02" }).here(), "H02");
  equal(inquiry(answers).here(), "H01");
  equal(inquiry(answers, { at: "M99:nobody" }).here(), "H01");
});

check("needs: what appears further up is asked after the last, and who has been there is done after one change", () => {
  const open = inquiry({ G01: true, G02: true, H02: [SELF] });
  const last = /** @type {string} */ (open.screens.at(-1)?.key);
  equal(open.next("G01"), "G02");
  equal(open.next(last), "H01");
  open.assumeOpen(open.screens.map(({ key }) => key));
  equal(open.next("H01"), null);
});

check("needs: who refuses the sensitive part keeps no income to the yuan, and nothing sensitive", () => {
  const one = inquiry({ G01: true, H02: [SELF], "M04:mei": 18_000_000, F05: 100, F01: 500_000 });
  one.answer("G02", false, NOW);
  equal(Object.keys(one.draft.answers).sort(), ["F01", "G01", "G02", "H02"]);
  ok(one.screen("M04:mei")?.banded);
});

check("needs: a section is one edit of all answers; a finished analysis takes its new result along", async () => {
  const one = inquiry({ G01: true, H02: [SELF], "M04:mei": 18_000_000 });
  const store = (/** @type {any} */ row) => /** @type {any} */ ({ store: { get: async () => row } });
  const first = /** @type {any} */ (await editOf(store(null), one));
  equal(
    [first.op, first.set.answers, first.set.customer_id, "result" in first.set],
    ["create", one.draft.answers, "mei", false],
  );
  const later = /** @type {any} */ (await editOf(store({ completed_at: NOW.toISOString() }), one));
  equal([later.op, "customer_id" in later.set, later.set.result], ["update", false, one.result()]);
});

check("needs: empty entries of a list do not count, and a fault finds the entry as it stands in the form", () => {
  const form = new URLSearchParams({ "0.balance_fen": "", "1.balance_fen": "many", "2.years": "" });
  const known = { members: [], before: null, newId: () => "new" };
  const rows = rowsOf(asked("F03"), form, known);
  equal(rows, [null, { balance_fen: "many" }, null]);
  equal(answerOf(asked("F03"), form, known), [{ balance_fen: "many" }]);
  equal(placed({ "0.balance_fen": "wrong", "": "all" }, rows), { "1.balance_fen": "wrong", "": "all" });
});

check("needs: a guardian who refuses: no answer about the child is kept, no card is made, and it is said", () => {
  const child = { id: "bo", relation: "child", name: "Bo", gender: "male", birth_date: "2018-09-01" };
  const one = inquiry({ G01: true, G02: true, H02: [SELF, child], "C02:bo": 5_000_000, "M04:mei": 18_000_000 });
  one.answer("G03", false, NOW);
  equal(Object.keys(one.draft.answers).sort(), ["G01", "G02", "G03", "H02", "M04:mei"]);
  equal(
    one.members.map((/** @type {any} */ member) => member.id),
    ["mei"],
  );
  ok(one.screen("G03"), "the guardian may still agree");
  ok(!one.screen("M03:bo"));
  equal(one.result().notes, [{ code: "children_withheld" }]);
  const words = /** @type {any} */ ({ _: (/** @type {string} */ text) => text, lang: "en" });
  const cards = () => cardChanges(words, one).flatMap(({ id, change }) => (change.op === "create" ? [id] : []));
  equal(cards(), []);
  one.answer("G03", true, NOW);
  ok(one.screen("M03:bo"));
  equal(cards(), ["bo"]);
});

check("needs: what is ticked now counts, what was ticked before gives way to what is typed", () => {
  equal(answered({ answer: "200" }, "F05"), 20_000);
  equal(answered({ answer: "200", [UNSURE]: "1" }, "F05"), { unknown: true });
  equal(answered({ answer: "200", [UNSURE]: "1" }, "F05", { unknown: true }), 20_000);
  equal(answered({ [NONE]: "1", "0.balance_fen": "5" }, "F03", []), [{ balance_fen: 500 }]);
  equal(answered({ [NONE]: "1", "0.balance_fen": "5" }, "F03", [{ balance_fen: 500 }]), []);
  equal(answered({ answer: "a lot" }, "F05"), "a lot");
  equal(answered({}, "F05"), null);
});
