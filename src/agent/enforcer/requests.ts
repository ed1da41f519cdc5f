/** What a wrapper asks, judged: whoever can reach the socket may send anything. Pure. */

/** A request that is understood, or why it is not. */
export type Request =
  | { readonly op: "hello"; readonly nonce: string }
  | { readonly op: "protect" }
  | { readonly op: "proof"; readonly nonce: string }
  | { readonly op: "bad"; readonly reason: string };

const PROTOCOL = 1;
const NONCE = /^[0-9A-Za-z_-]{1,64}$/;

/** Reads one line. Unknown fields are ignored: none names a process. */
export function parseRequest(line: string): Request {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return bad("no JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return bad("no JSON object");
  }
  const { op, nonce, protocol } = value as Record<string, unknown>;
  if (op === "protect") return { op };
  if (op !== "hello" && op !== "proof") {
    return bad("op must be hello, protect or proof");
  }
  if (typeof nonce !== "string" || !NONCE.test(nonce)) {
    return bad("nonce must be 1 to 64 letters or digits");
  }
  if (op === "hello" && protocol !== undefined && protocol !== PROTOCOL) {
    return bad(`protocol ${PROTOCOL} is spoken here`);
  }
  return { op, nonce };
}

function bad(reason: string): Request {
  return { op: "bad", reason };
}
