/** Lowers and raises a running wrapper's score, as root: token_protected fails while its environment block holds a token. */

/** Writes a text where VAULT_TOKEN's value was in the wrapper's environment block. */
export function exposeToken(pid: number, text: string): void {
  overwrite(pid, "VAULT_TOKEN=", text);
}

/** Writes a text into the wrapper's environment block, behind what stands there. */
export function overwrite(pid: number, behind: string, text: string): void {
  const environ = Deno.readTextFileSync(`/proc/${pid}/environ`);
  const at = environ.indexOf(behind) + behind.length;
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[47] ?? "";
  using memory = Deno.openSync(`/proc/${pid}/mem`, { write: true });
  memory.seekSync(BigInt(start) + BigInt(at), Deno.SeekMode.Start);
  memory.writeSync(new TextEncoder().encode(text));
}
