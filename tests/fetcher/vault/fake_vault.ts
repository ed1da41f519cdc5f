/**
 * A server on loopback with scripted answers, which records the requests: for
 * answers that a real OpenBao would not give.
 */
import assert from "node:assert/strict";
import type { ConfigError, VaultUnavailableError } from "@/base/errors.ts";
import * as templateProgram from "@/fetcher/template/compile.ts";
import { fetchSecrets } from "@/fetcher/vault/fetch_secrets.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";
import type {
  AuthSettings,
  Credentials,
  VaultSettings,
} from "@/protocol/fetcher/vault_settings.ts";

export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What to answer: a body for 200, or a whole response. */
export type Reply = Response | Readonly<Record<string, unknown>>;
type Script = (seen: Seen, index: number) => Reply | Promise<Reply>;

/** The program of templates, without a bundle. */
export const loadTemplates = () => Promise.resolve(templateProgram);

export class FakeVault {
  readonly seen: Seen[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(reply: Script) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
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
    auth: TOKEN_AUTH,
    ...more,
  };
}

export const TOKEN = "s.fake-token";
export const TOKEN_AUTH = { method: "token", mount: "auth/token" } as const;
export const APPROLE = {
  method: "approle",
  mount: "auth/approle",
  roleId: "r",
} as const;

/** The answer to a login that went well. */
export const GRANTED: Reply = {
  auth: { client_token: "s.granted", lease_duration: 1200, renewable: true },
};

/** A plan of one variable, PW. */
export function planOf(
  path: string,
  field = "password",
  version?: number,
): Plan {
  const part = { path, field, ...(version !== undefined && { version }) };
  return { deliveries: [{ name: "PW", parts: [part] }], bulk: [] };
}

export const PLAN = planOf("secret/data/app");

/** An answer of KV version 2. */
export function kv2(fields: Readonly<Record<string, unknown>>): Reply {
  const metadata = { version: 1, created_time: "2026-01-01T00:00:00Z" };
  return { lease_id: "", data: { data: fields, metadata } };
}

/** The answer to a read of PLAN. */
export const SECRET = kv2({ password: "hunter2" });

/** Vault's form of an error. */
export function refusal(status: number, ...errors: string[]): Response {
  return Response.json({ errors }, { status });
}

/** A redirect, as a standby sends it. */
export function redirect(location: string, status = 307): Response {
  return new Response(null, { status, headers: { location } });
}

const LOOK_UP: Reply = { data: { ttl: 3600, renewable: true, id: TOKEN } };

/** A Vault that knows the token and gives `reply` to every read. */
export function startReading(reply: Script): FakeVault {
  let reads = 0;
  return new FakeVault((seen) =>
    seen.path.startsWith("/v1/auth/token/lookup-self")
      ? LOOK_UP
      : reply(seen, reads++)
  );
}

type Server = Pick<FakeVault, "address">;

interface FetchOptions extends Partial<VaultSettings> {
  readonly plan?: Plan;
  readonly onWait?: (text: string) => void;
}

/** Fetches PLAN with the fake token. @returns the values as texts */
export async function fetchFrom(
  { address }: Server,
  { plan = PLAN, onWait, ...more }: FetchOptions = {},
): Promise<Record<string, string>> {
  const settings = makeSettings(address, more);
  const fetched = await fetchSecrets(settings, plan, { token: TOKEN }, {
    ...(onWait && { onNote: onWait }),
    loadTemplates,
  });
  const decoder = new TextDecoder();
  return Object.fromEntries(
    fetched.values.map(({ name, bytes }) => [name, decoder.decode(bytes)]),
  );
}

/** Fetches PLAN with another login. */
export function fetchBy(
  auth: AuthSettings,
  { address }: Server,
  credentials: Credentials = {},
  onNote?: (text: string) => void,
) {
  const settings = makeSettings(address, { auth });
  return fetchSecrets(settings, PLAN, credentials, {
    ...(onNote && { onNote }),
    loadTemplates,
  });
}

/** Waits for a failure. `words` must all be in its one line, which gives nothing away. */
export async function rejects(
  fetching: Promise<unknown>,
  kind: typeof ConfigError | typeof VaultUnavailableError,
  ...words: RegExp[]
): Promise<void> {
  await assert.rejects(fetching, (error: unknown) => {
    assert.ok(error instanceof kind, String(error));
    for (const word of words) assert.match(error.message, word);
    assert.doesNotMatch(error.message, /hunter2|s\.fake-token|[\r\n]/);
    return true;
  });
}
