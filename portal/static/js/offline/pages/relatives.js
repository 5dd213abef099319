// /customers/<id>/relatives: the members of a customer's family.

import { fields } from "../fields.js";
import { fold, handlers, hasNews, open } from "../record-page.js";

/** @type {import("../record-page.js").Room} */
const RELATIVE = {
  kind: "relative",
  path: "relatives",
  list: "relatives",
  anchor: "family",
  title: ({ _ }, row) => (row ? row.name : _("New family member")),
  lead: ({ _ }) => _("A name and the relation are enough."),
  sections(context, _tree, filled) {
    const { _ } = context;
    const first = fields(context, "relative", ["name", "relation", "gender", "birth_date", "mobile"], filled);
    const more = fields(
      context,
      "relative",
      [
        "dependent",
        "lives_with",
        ["birthday_calendar", { hint: _("Only if another day is celebrated than the date of birth") }],
        "birthday_month",
        "birthday_day",
        "birthday_leap",
        "id_type",
        "id_number",
        ["id_expiry", { hint: _("A date like 2030-05-01, or “long”") }],
        ["occupation_class", { hint: _("1 to 6") }],
        "smoker",
        "social_insurance",
        ["annual_income_fen", { hint: _("Only with the customer's consent") }],
        ["health_note", { hint: _("Only with the customer's consent") }],
      ],
      filled,
    );
    return [open(first), fold(_("More"), more, { open: hasNews(more) })];
  },
  deleteText: ({ _ }) => _("Delete the family member"),
  deleteLines: ({ _ }, tree, row) => [
    _("%(name)s is taken out of the family of %(customer)s. Policies stay.", {
      name: row.name,
      customer: tree.customer.name,
    }),
  ],
};

export const { create, edit, save, remove, destroy } = handlers(RELATIVE);
