// Entry of the bundle: every check, and the two calls the test runner makes.

import sounds from "../../portal/static/js/generated/sounds.json";
import words from "../../portal/static/js/generated/words.json";
import { learnWords } from "../../portal/static/js/offline/words.js";
import { hear } from "../../portal/static/js/domain/pinyin.js";
import "./blobs.js";
import "./devices.js";
import "./check.js";
import "./domain.js";
import "./forms.js";
import "./live.js";
import "./needs.js";
import "./offline.js";
import "./recovery.js";
import "./sounds.js";
import "./store.js";
import "./sync.js";
import { arithmetic } from "./arithmetic.js";
import { checks } from "./checks.js";

hear(sounds);
learnWords(words);
Object.assign(window, {
  arithmetic,
  names: () => [...checks.keys()],
  run: async (/** @type {string} */ name) => {
    try {
      await checks.get(name)?.();
      return "";
    } catch (error) {
      return /** @type {Error} */ (error).stack;
    }
  },
});
