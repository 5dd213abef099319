// One agent's book in IndexedDB: its object stores.
//
//   rows      what is shown                      [kind, id], by tree
//   base      the server's state of every record that has unsent edits (or whose tree is being deleted)
//   outbox    edits that no verdict has come for; `n` is given when they are first sent
//   acked     edits with a verdict, kept 30 days for a server that was restored
//   rejected  edits the server refused, until a person corrects or discards them
//   drafts    half-typed forms
//   search    the search record, in shards, so that saving one customer does not rewrite 10,000 lines
//   meta      cursor, last_n, ready, progress, …

import { Database } from "./database.js";

export const STORES = ["rows", "base", "outbox", "acked", "rejected", "drafts", "search", "meta"];

/**
 * @param {string} agentId
 * @returns {Database}
 */
export function bookOf(agentId) {
  return new Database(`doorstep-${agentId}`, 1, (db, from) => {
    if (from < 1) {
      db.createObjectStore("rows", { keyPath: ["kind", "id"] }).createIndex("tree", "tree");
      db.createObjectStore("base", { keyPath: ["kind", "id"] }).createIndex("tree", "tree");
      const outbox = db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
      outbox.createIndex("record", ["kind", "id"]);
      db.createObjectStore("acked", { keyPath: "seq" }).createIndex("acked_at", "acked_at");
      db.createObjectStore("rejected", { keyPath: "seq" });
      db.createObjectStore("drafts");
      db.createObjectStore("search", { keyPath: "shard" });
      db.createObjectStore("meta");
    }
  });
}
