/** As much of an API server as events need: real TLS, tokens, and every way to refuse. */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Certificates,
  makeCertificates,
} from "../../tools/openbao/certificates.ts";
import { LoopbackServer } from "./loopback_server.ts";

/** One event that came in. */
export interface Posted {
  readonly path: string;
  readonly method: string;
  readonly authorization: string | undefined;
  // deno-lint-ignore no-explicit-any -- JSON of the product, asserted on
  readonly event: any;
}

/** What is answered: a status, nothing ever, or no HTTP. */
export type Mood = number | "silent" | "garbage";

/** A server on loopback and a service account's folder; `await using`. */
export class EventServer implements AsyncDisposable {
  /** `token`, `ca.crt` and `namespace`, as they are mounted. */
  readonly folder: string;
  readonly certificates: Certificates;
  readonly posted: Posted[] = [];
  mood: Mood = 201;
  #server?: LoopbackServer;

  private constructor() {
    this.folder = Deno.makeTempDirSync({ prefix: "cloudtaser-events-" });
    this.certificates = makeCertificates(this.folder);
    Deno.copyFileSync(this.certificates.caFile, `${this.folder}/ca.crt`);
  }

  static async start(
    which: "server" | "wrongName" = "server",
  ): Promise<EventServer> {
    const events = new EventServer();
    events.mount(makeToken(POD));
    events.#server = await LoopbackServer.start(
      (request, response) => events.#answer(request, response),
      events.certificates[which],
    );
    return events;
  }

  get port(): string {
    return String(this.#server?.port);
  }

  /** Puts a token into the folder. */
  mount(token: string, namespace = "production"): void {
    Deno.writeTextFileSync(`${this.folder}/token`, token);
    Deno.writeTextFileSync(`${this.folder}/namespace`, namespace);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Uint8Array[] = [];
    request.on("data", (piece: Uint8Array) => pieces.push(piece));
    request.on("end", () => {
      const text = new TextDecoder().decode(
        new Uint8Array(pieces.flatMap((piece) => [...piece])),
      );
      this.posted.push({
        path: request.url ?? "",
        method: request.method ?? "",
        authorization: request.headers.authorization,
        event: JSON.parse(text),
      });
      if (this.mood === "silent") return;
      if (this.mood === "garbage") {
        return void response.socket?.end("\x00garbage");
      }
      response.writeHead(this.mood, {
        "content-type": "application/json",
        location: "https://elsewhere.example/",
      }).end('{"kind":"Status","message":"hunter2"}');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** What a bound token says of its pod. */
const POD = {
  namespace: "production",
  pod: {
    name: "app-7d8f9c6b4-xk2mn",
    uid: "0a5d1f7e-8a3b-4c6d-9e2f-1b2c3d4e5f60",
  },
  node: { name: "node-a", uid: "n" },
  serviceaccount: { name: "orders", uid: "s" },
};

/** A token like Kubernetes'; its signature is of no interest here. */
export function makeToken(claims: unknown): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  const signature = crypto.getRandomValues(new Uint8Array(16)).toHex();
  return `${part({ alg: "RS256" })}.${
    part({ "kubernetes.io": claims })
  }.${signature}`;
}
