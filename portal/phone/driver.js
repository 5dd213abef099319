// The phone's side of the proofs: render pages with a compiled module, in Node.
//
//   node driver.js <module> <runtime>     both as file: addresses
//
// stdin: {"words": {lang: catalogue}, "pages": [{template, lang, model}]}
// stdout: {"pages": [{html} | {error}], "hits": [numbers of the branches taken]}

import { readFileSync, writeFileSync } from "node:fs";

const [module, runtime] = process.argv.slice(2);
const { TEMPLATES, HITS } = await import(module);
const { wordsOf } = await import(runtime);
const { words, pages } = JSON.parse(readFileSync(0, "utf8"));
const languages = Object.fromEntries(Object.entries(words).map(([lang, catalogue]) => [lang, wordsOf(catalogue)]));

/** @param {{template: string, lang: string, model: Record<string, any>}} page */
function rendered({ template, lang, model }) {
  try {
    return { html: TEMPLATES[template](model, languages[lang]) };
  } catch (error) {
    return { error: String(error) };
  }
}

writeFileSync(1, JSON.stringify({ pages: pages.map(rendered), hits: [...(HITS ?? [])] }));
