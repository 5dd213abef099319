// How much of a customer's file is known, in percent: the 17 basic fields, life, family and policies.

const BASIC = [
  "name",
  "gender",
  "birth_date",
  "native_place",
  "marital",
  "education",
  "id_number",
  "mobile",
  "employer",
  "work_address",
  "position",
  "phone_work",
  "occupation_class",
  "email",
  "fax_work",
  "phone_home",
  "home_address",
];
const LIFE = ["housing", "has_car", "hobbies", "best_contact_time"];

/**
 * @param {import("../store/index.js").Tree} tree
 * @returns {number} 0 to 100
 */
export function complete({ customer, relatives, policies }) {
  const known = [...BASIC, ...LIFE].filter((name) => (customer[name] ?? "") !== "").length;
  const whole = known + (relatives.length ? 1 : 0) + (policies.length ? 1 : 0);
  return Math.floor((100 * whole) / (BASIC.length + LIFE.length + 2));
}
