// What the checks say, by `id.code`, with the keys of a check's data as parameters. The server's twin is
// portal/proposals/words.py; a test holds both to one list.

/** @param {string} text @returns {string} */
const msgid = (text) => text;

/** @type {Record<string, string>} */
export const WORDS = {
  "R01.missing": msgid("Your practice registration is missing: sharing is locked."),
  "R01.status": msgid("Your practice registration is not valid: sharing is locked."),
  "R01.expired": msgid("Your practice registration ended on %(on)s: sharing is locked."),
  "R02.grade": msgid("%(product)s is graded %(grade)s: more than you may sell."),
  "R03.missing": msgid("Complete the needs analysis first."),
  "R03.old": msgid("The needs analysis of %(on)s is more than %(months)s months old: please make a new one."),
  "R04.income": msgid("The household has no income: a premium cannot be paid from it."),
  "R04.ratio": msgid("The yearly premium is %(ratio_bp)s of the household's income: the customer must confirm it."),
  "R04.high": msgid("The yearly premium is %(ratio_bp)s of the household's income, above the limit of %(limit_bp)s."),
  "R04.single": msgid(
    "The single premium of %(single_fen)s is more than %(times)s times the household's yearly income.",
  ),
  "R04.budget": msgid("The yearly premium of %(yearly_fen)s is far above the stated budget of %(budget_fen)s."),
  "R04.pay_end": msgid("%(product)s is paid until the age of %(age)s, past %(limit)s: the customer must confirm it."),
  "R05.unpayable": msgid("The premium can hardly be kept up: we advise not to proceed."),
  "R05.enough": msgid("%(name)s already has enough cover for %(line)s: we advise not to add any."),
  "R05.over": msgid("%(name)s would have more cover for %(line)s than needed."),
  "R05.medical_twice": msgid("%(name)s would have several medical policies; costs are repaid only once."),
  "R06.senior": msgid("%(name)s is %(age)s: please show the special notice and confirm again after %(hours)s hours."),
  "R06.risky": msgid("The customer is %(age)s and %(product)s carries risk: confirm again after %(hours)s hours."),
  "R07.missing": msgid("%(product)s needs the customer's risk test first."),
  "R07.old": msgid("The risk test of %(on)s is more than %(months)s months old; %(product)s needs a new one."),
  "R07.level": msgid("%(product)s is graded %(grade)s, above the customer's risk test (level %(tested)s)."),
  "R08.none": msgid("The applicant has no insurable interest in %(name)s: say how they are related."),
  "R08.minor": msgid("The applicant has no insurable interest in %(name)s, who is a minor and cannot consent."),
  "R08.consent": msgid("%(name)s is no close relative: there must be support, or their own consent."),
  "R09.cap": msgid(
    "Death cover of %(name)s with all insurers may not exceed %(cap_fen)s: held %(held_fen)s, planned %(planned_fen)s.",
  ),
  "R10.consent": msgid("%(name)s must consent to the death benefit and its sum of %(sum_fen)s."),
  "R11.parents": msgid("The parents must agree before somebody else buys death cover for %(name)s."),
  "R12.health": msgid("The questions of health are answered by the customer in person."),
  "R15.preset": msgid("%(product)s was ticked beforehand: the customer must choose it."),
  "R16.days": msgid("%(product)s: all premiums come back within %(days)s days of cooling off."),
  "R17.days": msgid("%(product)s for %(name)s: %(days)s days of waiting, until %(until)s."),
  "R19.linked": msgid("This sale must be recorded: use the company's recording system."),
  "R19.age": msgid("The applicant is %(age)s: this sale must be recorded with the company's system."),
  "R19.place": msgid("In %(place)s this sale must be recorded with the company's system."),
  "R21.sentence": msgid("For %(product)s the customer writes out the risk sentence in full."),
  "R22.uncertain": msgid("%(product)s: illustrated dividends are uncertain and not promised."),
  "R22.cap": msgid("%(product)s is illustrated at %(rate_bp)s, above the limit of %(limit_bp)s."),
  "R23.word": msgid("The text holds the forbidden phrase “%(word)s”: please change it."),
  "R25.replaces": msgid(
    "%(name)s gives up a policy for %(line)s: explain the loss, the new waiting period and the higher age.",
  ),
  "R25.keep": msgid("%(name)s already holds a policy for %(line)s: do not give it up for the new one."),
  "R26.consent": msgid("The separate consent to sensitive facts is missing."),
  "R27.guardian": msgid("The guardian's consent for %(name)s, who is under %(age)s, is missing."),
  "R30.papers": msgid("Premiums of %(total_fen)s reach the limit of %(limit_fen)s: the customer's document is needed."),
  "R30.expired": msgid("The customer's document ran out on %(on)s: a valid one is needed."),
  "R30.expiring": msgid("The customer's document ran out on %(on)s."),
  "R34.agent": msgid("An agent's own policy: it counts in no ranking."),
  "R34.colleague": msgid("A colleague's policy: it counts in no ranking."),
};

/** @type {Record<string, string>} the lines of the gap model, inside a sentence */
export const LINES = {
  life: msgid("life"),
  ci: msgid("critical illness"),
  medical: msgid("medical costs"),
  accident: msgid("accidents"),
  disability: msgid("disability"),
};
