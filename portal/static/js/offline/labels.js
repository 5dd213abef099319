// The words for codes and fields. Message ids here, translated where they are shown.

/**
 * Marks a text for translation.
 * @param {string} text
 * @returns {string}
 */
export const msgid = (text) => text;

/** @type {Record<string, Record<string, string>>} by field (or a shared name), then by code */
export const CODES = {
  gender: { male: msgid("Male"), female: msgid("Female") },
  birthday_calendar: { solar: msgid("Solar calendar"), lunar: msgid("Lunar calendar") },
  id_type: {
    idcard: msgid("ID card"),
    passport: msgid("Passport"),
    hk_mo: msgid("Hong Kong or Macao permit"),
    taiwan: msgid("Taiwan permit"),
    birth_cert: msgid("Birth certificate"),
    other: msgid("Other document"),
  },
  marital: {
    single: msgid("Single"),
    married: msgid("Married"),
    divorced: msgid("Divorced"),
    widowed: msgid("Widowed"),
  },
  housing: { owned: msgid("Own home"), rented: msgid("Rented"), family: msgid("With family"), other: msgid("Other") },
  social_insurance: {
    employee: msgid("Employees'"),
    resident: msgid("Residents'"),
    rural: msgid("Rural"),
    none: msgid("None of them"),
  },
  preferred_channel: {
    visit: msgid("Visit"),
    call: msgid("Call"),
    message: msgid("Message"),
    meeting: msgid("Meeting"),
    online: msgid("Online"),
  },
  stage: {
    potential: msgid("Potential"),
    target: msgid("Target"),
    prospect: msgid("Prospect"),
    client: msgid("Client"),
    loyal: msgid("Loyal"),
  },
  contact_permission: {
    any: msgid("May be contacted"),
    service: msgid("Service only"),
    none: msgid("Do not contact"),
  },
  relation: {
    spouse: msgid("Spouse"),
    child: msgid("Child"),
    parent: msgid("Parent"),
    parent_in_law: msgid("Parent-in-law"),
    grandparent: msgid("Grandparent"),
    grandchild: msgid("Grandchild"),
    sibling: msgid("Sibling"),
    other: msgid("Other relative"),
  },
  kind: {
    term: msgid("Term life"),
    whole_life: msgid("Whole life"),
    increasing_whole_life: msgid("Increasing whole life"),
    ci: msgid("Critical illness"),
    medical: msgid("Medical"),
    accident: msgid("Accident"),
    annuity: msgid("Annuity"),
    education: msgid("Education savings"),
    disability: msgid("Disability"),
    endowment: msgid("Endowment"),
    motor: msgid("Motor"),
    home: msgid("Home"),
    liability: msgid("Liability"),
    other: msgid("Other insurance"),
  },
  pay_mode: {
    single: msgid("Single premium"),
    year: msgid("Yearly"),
    half: msgid("Half-yearly"),
    quarter: msgid("Quarterly"),
    month: msgid("Monthly"),
  },
  termination: {
    surrendered: msgid("Surrendered"),
    matured: msgid("Matured"),
    claimed: msgid("Paid out"),
    lapsed: msgid("Lapsed"),
    cancelled: msgid("Cancelled"),
  },
  status: {
    pending: msgid("Not yet in force"),
    in_force: msgid("In force"),
    grace: msgid("Days of grace"),
    suspended: msgid("Suspended"),
    expired: msgid("Expired"),
    terminated: msgid("Ended"),
  },
  "consent.purpose": {
    data: msgid("Keeping customer data"),
    sensitive: msgid("Health and income"),
    child: msgid("Data of children under 14"),
    marketing: msgid("News and offers"),
    signing: msgid("Signing online"),
  },
  by: { self: msgid("In person"), guardian: msgid("By a guardian") },
  yes_no: { true: msgid("Yes"), false: msgid("No") },
};
CODES.channel = CODES.preferred_channel;

/** Results and next steps that one tap records; other words may stand in the same fields. */
export const OUTCOMES = {
  wants_proposal: msgid("Wants a proposal"),
  considering: msgid("Considering"),
  not_met: msgid("Not met"),
  no_need: msgid("No need"),
};
export const NEXT_STEPS = {
  proposal: msgid("Send a proposal"),
  call: msgid("Call"),
  visit: msgid("Visit again"),
  none: msgid("No follow-up"),
};
CODES.outcome = OUTCOMES;
CODES.next_step = NEXT_STEPS;

/** @type {Record<string, string>} names of records */
export const KINDS = {
  customer: msgid("Customer"),
  relative: msgid("Family member"),
  policy: msgid("Policy"),
  visit: msgid("Visit"),
  consent: msgid("Consent"),
  analysis: msgid("Needs analysis"),
  proposal: msgid("Proposal"),
  conflict: msgid("Decision"),
};

/** @type {Record<string, string>} labels of fields; what has another name in one kind stands under `kind.field` */
export const FIELDS = {
  name: msgid("Name"),
  gender: msgid("Sex"),
  birth_date: msgid("Date of birth"),
  birthday_calendar: msgid("Birthday by"),
  birthday_month: msgid("Birthday month"),
  birthday_day: msgid("Birthday day"),
  birthday_leap: msgid("In a leap month"),
  id_type: msgid("Document"),
  id_number: msgid("Document number"),
  id_expiry: msgid("Valid until"),
  mobile: msgid("Mobile number"),
  occupation_class: msgid("Occupation class"),
  health_note: msgid("Health"),
  annual_income_fen: msgid("Income a year"),
  smoker: msgid("Smokes"),
  social_insurance: msgid("Social health insurance"),
  native_place: msgid("Native place"),
  marital: msgid("Marriage"),
  education: msgid("Education"),
  phone_home: msgid("Home phone"),
  phone_work: msgid("Work phone"),
  email: msgid("E-mail"),
  wechat_id: msgid("WeChat"),
  fax_work: msgid("Work fax"),
  employer: msgid("Employer"),
  department: msgid("Department"),
  position: msgid("Position"),
  work_address: msgid("Work address"),
  home_address: msgid("Home address"),
  city: msgid("City"),
  housing: msgid("Housing"),
  has_car: msgid("Has a car"),
  hobbies: msgid("Hobbies"),
  best_contact_time: msgid("Best time to reach"),
  preferred_channel: msgid("Likes to be reached by"),
  source: msgid("How we met"),
  stage: msgid("Stage"),
  contact_permission: msgid("Contact"),
  tags_risk: msgid("Risk tags"),
  tags_value: msgid("Value tags"),
  tags_need: msgid("Need tags"),
  note: msgid("Note"),
  relation: msgid("Relation to the customer"),
  dependent: msgid("Supported by the customer"),
  lives_with: msgid("Lives with the customer"),
  linked_customer_id: msgid("Also a customer of yours"),
  kind: msgid("Kind of insurance"),
  insurer: msgid("Insurer"),
  product_name: msgid("Product"),
  number: msgid("Policy number"),
  applicant: msgid("Applicant"),
  insured: msgid("Insured person"),
  beneficiaries: msgid("Beneficiaries"),
  sum_assured_fen: msgid("Sum assured"),
  premium_fen: msgid("Premium"),
  pay_mode: msgid("Paid"),
  pay_years: msgid("Years of payment"),
  effective_date: msgid("In force from"),
  expiry_date: msgid("Ends on"),
  next_due_date: msgid("Next premium due"),
  paid_to_date: msgid("Paid until"),
  receipt_date: msgid("Received on"),
  cooling_off_days: msgid("Cooling-off days"),
  waiting_days: msgid("Waiting days"),
  guaranteed_until: msgid("Renewal guaranteed until"),
  group: msgid("Group contract"),
  plate: msgid("Licence plate"),
  terminated_on: msgid("Ended on"),
  termination: msgid("How it ended"),
  channel: msgid("How"),
  planned_at: msgid("Planned for"),
  started_at: msgid("Took place"),
  minutes: msgid("Minutes"),
  purpose: msgid("About"),
  outcome: msgid("Result"),
  next_step: msgid("Next step"),
  next_date: msgid("On which day"),
  joint_with: msgid("Together with"),
  "consent.purpose": msgid("Purpose"),
  given: msgid("Agreed"),
  guardian_name: msgid("Guardian's name"),
  guardian_relation: msgid("Guardian is"),
  answers: msgid("An answer"),
  moved: msgid("An assumption"),
  draft: msgid("The plans"),
  frozen: msgid("The frozen proposal"),
};

/** @param {string} kind @param {string} field @returns {string} msgid */
export function labelOf(kind, field) {
  return FIELDS[`${kind}.${field}`] ?? FIELDS[field] ?? field;
}

/**
 * A code in words; what is no code stands as it was typed.
 * @param {{_: (msgid: string) => string}} context
 * @param {string} field
 * @param {any} code
 * @returns {string}
 */
export function word({ _ }, field, code) {
  if (code === null || code === undefined) return "";
  const msg = CODES[field]?.[String(code)];
  return msg ? _(msg) : String(code);
}
