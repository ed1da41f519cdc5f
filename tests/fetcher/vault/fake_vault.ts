/**
 * A server on loopback with scripted answers, which records the requests: for
 * answers that a real OpenBao would not give.
 */
import { fetchSecrets } from "@/fetcher/vault/fetch_secrets.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";

export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What to answer: a body for 200, or a whole response. */
export type Reply = Response | Readonly<Record<string, unknown>>;

export class FakeVault {
  readonly seen: Seen[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(reply: (seen: Seen, index: number) => Reply | Promise<Reply>) {
    const options = {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
    };
    this.#server = Deno.serve(options, async (request) => {
      const url = new URL(request.url);
      const seen = {
        method: request.method,
        path: url.pathname + url.search,
        headers: request.headers,
        body: await request.text(),
      };
      this.seen.push(seen);
      const answer = await reply(seen, this.seen.length - 1);
      return answer instanceof Response ? answer : Response.json(answer);
    });
  }

  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Requests whose path begins so. */
  to(path: string): Seen[] {
    return this.seen.filter((s) => s.path.startsWith(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Settings for token auth with a deadline that tests can wait for. */
export function makeSettings(
  address: string,
  more: Partial<VaultSettings> = {},
): VaultSettings {
  return {
    address,
    skipVerify: false,
    requestTimeoutMs: 2000,
    deadlineMs: 3000,
    auth: { method: "token", mount: "auth/token" },
    ...more,
  };
}

export const TOKEN = "s.fake-token";

/** The answer to a login that went well. */
export const GRANTED: Reply = {
  auth: { client_token: "s.granted", lease_duration: 1200, renewable: true },
};

/** `secret/data/app` fields into variables of a plan: `["PW", "password"]`. */
export function makePlan(
  ...pairs: readonly (readonly [string, string])[]
): Plan {
  const deliveries = pairs.map(([name, field]) => ({
    name,
    parts: [{ path: "secret/data/app", field }],
  }));
  return { deliveries, bulk: [] };
}

/** An answer of KV version 2. */
export function kv2(fields: Readonly<Record<string, unknown>>): Reply {
  const metadata = { version: 1, created_time: "2026-01-01T00:00:00Z" };
  return { lease_id: "", data: { data: fields, metadata } };
}

/** Vault's form of an error. */
export function refusal(status: number, ...errors: string[]): Response {
  return Response.json({ errors }, { status });
}

const LOOK_UP: Reply = { data: { ttl: 3600, renewable: true, id: TOKEN } };

/** A Vault that knows the token and gives `reply` to every read. */
export function startReading(
  reply: (seen: Seen, index: number) => Reply | Promise<Reply>,
): FakeVault {
  let reads = 0;
  return new FakeVault((seen) =>
    seen.path.startsWith("/v1/auth/token/lookup-self")
      ? LOOK_UP
      : reply(seen, reads++)
  );
}

/** Fetches with the fake token and gives the values as texts. */
export async function fetchTexts(
  settings: VaultSettings,
  plan: Plan,
  onWait?: (text: string) => void,
): Promise<Record<string, string>> {
  const credentials = { token: TOKEN };
  const fetched = await fetchSecrets(settings, plan, credentials, onWait);
  const decoder = new TextDecoder();
  return Object.fromEntries(
    fetched.values.map(({ name, bytes }) => [name, decoder.decode(bytes)]),
  );
}
