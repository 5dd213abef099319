// NDJSON from a stream: one parsed value per line, as the bytes come.

/**
 * Reads as fast as the network gives, however slowly the lines are taken: a stream that breaks throws away what was not
 * read yet. All whole lines that came are given before the fault is thrown.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<any>}
 */
export async function* jsonLines(body) {
  /** @type {string[]} */
  const waiting = [];
  let news = () => {};
  let ended = false;
  /** @type {unknown} */
  let fault = null;
  const pump = async () => {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return; // a line without its end was cut off; it comes again when the download is resumed
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      waiting.push(...lines);
      news();
    }
  };
  pump()
    .catch((error) => (fault = error))
    .finally(() => {
      ended = true;
      news();
    });
  for (;;) {
    const line = waiting.shift();
    if (line) yield JSON.parse(line);
    else if (line === undefined && ended) break;
    else if (line === undefined) await new Promise((resolve) => (news = () => resolve(undefined)));
  }
  if (fault) throw fault;
}
