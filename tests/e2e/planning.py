"""What plans need besides an analysis: a registered agent and the tables of the catalogue; and proposals in a hurry."""

from __future__ import annotations

from tests.e2e.conftest import Phone, Server, wait_for

TABLES = 14
_HAS_TABLES = """async () => {
  const db = await new Promise((done, fail) => {
    const asked = indexedDB.open("doorstep-blobs");
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  try {
    if (!db.objectStoreNames.contains("blobs")) return 0;
    return await new Promise((done) => {
      db.transaction("blobs").objectStore("blobs").count().onsuccess = ({ target }) => done(target.result);
    });
  } finally {
    db.close();
  }
}"""
# Makes plans from an analysis, and with `freeze` answers what has to be answered and freezes them; gives the proposal.
_PROPOSE = """async ([analysis, freeze]) => {
  const post = async (path, fields = {}) => {
    const response = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return new URL(response.url).pathname;
  };
  const home = await post(`/analyses/${analysis}/plans`);
  if (!freeze) return home;
  const rules = Array.from({ length: 36 }, (_, place) => `R${String(place + 1).padStart(2, "0")}`);
  await post(`${home}/checks`, Object.fromEntries(rules.map((rule) => [rule, "11/25, 14:00"])));
  return await post(`${home}/freeze`);
}"""


def registered(server: Server) -> None:
    """Ana is registered and may sell what the demo sells."""
    server.python(
        "from portal.accounts.models import Agent\nfrom sync.database import write\n"
        "with write() as session:\n"
        "    for agent in session.query(Agent).filter_by(username='ana'):\n"
        "        agent.registration_status, agent.sales_grade = 'registered', 3\n"
    )


def tables_are_here(phone: Phone) -> None:
    """Every table of the catalogue has come."""
    wait_for(lambda: phone.page.evaluate(_HAS_TABLES) >= TABLES, "the rates are here", seconds=30)


def propose(phone: Phone, analysis: str, *, freeze: bool = False) -> str:
    """A proposal from a finished analysis, as a draft or frozen; gives its address."""
    return phone.page.evaluate(_PROPOSE, [analysis, freeze])
