// A syncer that was taken over may wake up later, with an old page of changes in its hands. It must not store it.

import { metaOf } from "./book.js";

/** Somebody else syncs now. */
export class TakenOver extends Error {
  constructor() {
    super("Another syncer has taken over.");
    this.name = "TakenOver";
  }
}

/**
 * @param {import("./database.js").Transaction} tx with "meta"
 * @param {string | null} turn null: no syncer's business
 * @throws {TakenOver}
 */
export async function checkTurn(tx, turn) {
  if (turn !== null && (await metaOf(tx, "sync_turn")) !== turn) throw new TakenOver();
}
