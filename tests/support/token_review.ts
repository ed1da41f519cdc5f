/**
 * The one call of the Kubernetes API that Vault's kubernetes method makes:
 * TokenReview. A stand-in: it accepts exactly the tokens it was told.
 */

/** Answers TokenReview over plain HTTP on loopback; also `await using`. */
export class TokenReviewServer {
  readonly address: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** The one uid that every account has. */
  readonly uid = "5d4f2e0a-0000-4000-8000-000000000001";
  /** Accepted token → service account, `namespace:name`. */
  readonly accepted = new Map<string, string>();

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
    this.address = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  stop(): Promise<void> {
    return this.#server.shutdown();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== "/apis/authentication.k8s.io/v1/tokenreviews") {
      return new Response("not found", { status: 404 });
    }
    const review = await request.json();
    return Response.json({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      status: this.#status(review.spec.token),
    }, { status: 201 });
  }

  #status(token: string): Record<string, unknown> {
    const account = this.accepted.get(token);
    if (!account) {
      return { authenticated: false, error: "invalid bearer token" };
    }
    const [namespace, name] = account.split(":");
    return {
      authenticated: true,
      user: {
        username: `system:serviceaccount:${namespace}:${name}`,
        uid: this.uid,
        groups: [
          "system:serviceaccounts",
          `system:serviceaccounts:${namespace}`,
          "system:authenticated",
        ],
      },
    };
  }
}
