// The phone's half of the needs arithmetic for twins.py: one question a line, one answer a line.

import { createInterface } from "node:readline";
import { arithmetic } from "../../js/arithmetic.js";

for await (const line of createInterface({ input: process.stdin })) {
  const [call, given] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(arithmetic(call, given))}\n`);
}
