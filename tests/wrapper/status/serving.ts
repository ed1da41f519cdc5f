/** The status server over real sockets. */
import assert from "node:assert/strict";
import { startServer } from "@/wrapper/status/serve.ts";
import type { ReportState } from "@/wrapper/status/state.ts";
import { makeState } from "./fake_state.ts";

/** A running status server. */
export interface Served {
  readonly url: string;
  readonly port: number;
  readonly warnings: readonly string[];
  /** What it reports. */
  state: () => ReportState;
}

/** Serves during `test`. @param hosts as in CLOUDTASER_ALLOWED_HOSTS */
export async function serving(
  test: (served: Served) => Promise<void>,
  hosts: readonly string[] = [],
): Promise<void> {
  const warnings: string[] = [];
  const server = startServer({
    listen: "127.0.0.1:0",
    hosts,
    onError: (text) => warnings.push(text),
  }, () => served.state());
  assert.ok(server);
  const url = `http://${server.address}`;
  const port = Number(new URL(url).port);
  const served: Served = { url, port, warnings, state: () => makeState() };
  try {
    await test(served);
  } finally {
    await server.stop();
  }
}
