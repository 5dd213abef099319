import { Store } from "../../portal/static/js/store/index.js";
import { Pokes, liveAddress } from "../../portal/static/js/sync/pokes.js";
import { check, equal, id } from "./checks.js";
import { Server } from "./server.js";

/** @returns {{outcomes: string[], runs: number, most: number, sync: () => Promise<string>}} */
function syncer() {
  let now = 0;
  const made = {
    /** @type {string[]} */
    outcomes: [],
    runs: 0,
    most: 0,
    sync: async () => {
      made.runs++;
      made.most = Math.max(made.most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
      return made.outcomes.shift() ?? "done";
    },
  };
  return made;
}

check("a bunch of pokes is one sync and one more", async () => {
  const made = syncer();
  const pokes = new Pokes(made.sync);
  const first = pokes.poke();
  await Promise.all([first, ...Array.from({ length: 50 }, () => pokes.poke())]);
  equal([made.runs, made.most], [2, 1]);
  await pokes.poke();
  equal(made.runs, 3);
});

check("a poke during another's sync is asked for again after it", async () => {
  const made = syncer();
  made.outcomes = ["busy", "busy"];
  await new Pokes(made.sync).poke();
  equal(made.runs, 3);
});

check("a ticket serves the pages of half a minute", async () => {
  const server = new Server();
  const { agentId } = new Store(id());
  server.install();
  await server.register(agentId);
  const ticket = () => new Response(JSON.stringify({ url: "/sync/live?ticket=1", seconds: 60 }));
  server.faults.push(ticket, ticket);
  equal([await liveAddress(agentId), await liveAddress(agentId)], ["/sync/live?ticket=1", "/sync/live?ticket=1"]);
  equal(server.faults.length, 1);
  equal(await liveAddress(id()), null, "nobody's phone asks for nothing");
});
