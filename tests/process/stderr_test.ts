/** Lines to a reader that is slow. */
import { equal } from "node:assert/strict";
import { closeFd, receive, socketPair } from "@ffi";
import { openStderr } from "@/process/stderr.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("a line that was cut is not continued by the next one", async () => {
  const [writer, reader] = socketPair();
  try {
    const write = openStderr(writer);
    const into = new Uint8Array(4 << 20);
    write(encode(`${"x".repeat(4 << 20)}\n`));
    // Not written at all, so not what the next line follows.
    write(encode("dropped\n"));
    for (let last = "x"; last === "x";) {
      const got = await receive(reader, into, 100).catch(() => 0);
      last = got === 0 ? "" : String.fromCharCode(into[got - 1] ?? 0);
      equal(last === "x" || last === "", true);
    }
    write(encode("next\n"));
    write(encode("last\n"));
    const got = await receive(reader, into, 1000);
    equal(new TextDecoder().decode(into.subarray(0, got)), "\nnext\nlast\n");
  } finally {
    closeFd(writer);
    closeFd(reader);
  }
});
