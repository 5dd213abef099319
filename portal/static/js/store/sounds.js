// How characters sound. Without it names are found by their characters and numbers by their digits; lines that were made
// without it are made anew when it has come.

import { hear, hears } from "../domain/pinyin.js";
import { SOUNDS_URL } from "../generated/build.js";
import { Data } from "./data.js";

export const SOUNDS = new Data(SOUNDS_URL, hears, ({ usual, others, surnames }) => {
  if (typeof usual !== "string" || typeof others !== "string" || typeof surnames !== "object") return false;
  hear({ usual, others, surnames });
  return true;
});

/** @returns {string} the table that lines are made with now; empty when there is none */
export function soundsUsed() {
  return hears() ? SOUNDS_URL : "";
}

/** @returns {Promise<boolean>} whether it is known how characters sound, by now or from this phone's cache */
export const recallSounds = () => SOUNDS.recall();
