/**
 * The control API of the development Vault, for other processes: faults, seal,
 * standby, what was asked. Plain HTTP on a port of its own, never on Vault's.
 */
import type { Standby } from "./core.ts";
import type { Credential } from "./database.ts";
import type { Fault, Faults } from "./faults.ts";
import type { Journal } from "./journal.ts";

/** What can be controlled. */
export interface Controlled {
  readonly faults: Faults;
  readonly journal: Journal;
  credentials(): readonly Readonly<Credential>[];
  seal(): void;
  unseal(): void;
  setStandby(standby: Standby | undefined): void;
}

type Action = (vault: Controlled, body: unknown) => unknown;

/** Method and path → what it does; the result goes back as JSON. */
const ACTIONS: Readonly<Record<string, Action>> = {
  "POST /faults": (vault, body) => vault.faults.add(body as Fault),
  "DELETE /faults": (vault) => vault.faults.clear(),
  "POST /seal": (vault) => vault.seal(),
  "POST /unseal": (vault) => vault.unseal(),
  "POST /standby": (vault, body) => vault.setStandby(body as Standby),
  "DELETE /standby": (vault) => vault.setStandby(undefined),
  "GET /requests": (vault) => vault.journal.entries,
  "DELETE /requests": (vault) => vault.journal.clear(),
  "GET /credentials": (vault) => vault.credentials(),
};

/** Opens it; `close` ends it. */
export function openControl(
  vault: Controlled,
  where: { readonly hostname: string; readonly port: number },
): { readonly address: string; close(): Promise<void> } {
  const server = Deno.serve(
    { ...where, onListen: () => {} },
    (request) => act(vault, request),
  );
  return {
    address: `http://${where.hostname}:${server.addr.port}`,
    close: () => server.shutdown(),
  };
}

async function act(vault: Controlled, request: Request): Promise<Response> {
  const name = `${request.method} ${new URL(request.url).pathname}`;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) {
    const known = Object.keys(ACTIONS);
    return Response.json({ error: `No ${name}`, known }, { status: 404 });
  }
  const source = await request.text();
  try {
    const body = source === "" ? {} : JSON.parse(source);
    return Response.json(action(vault, body) ?? { done: true });
  } catch (error) {
    return Response.json({ error: String(error) }, { status: 400 });
  }
}
