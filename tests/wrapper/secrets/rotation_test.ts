/** Replaced leases are revoked when the application no longer uses them, and nothing waits for a restart. */
import { deepEqual, equal } from "node:assert/strict";
import {
  type Replaced,
  Rotation,
} from "../../../src/wrapper/secrets/rotation.ts";
import type { VaultSession } from "@/wrapper/secrets/vault_session.ts";

const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  line() {},
  audit() {},
};

function makeScene(onRotated: () => Promise<boolean>) {
  const revoked: string[][] = [];
  const closed: string[] = [];
  const session = {
    revoke: ({ leases }: { leases: string[] }) => {
      revoked.push(leases);
      return Promise.resolve();
    },
  } as unknown as VaultSession;
  const options = { session, log: quiet, onRotated, revokeLimitMs: 1 };
  const replaced = (name: string, leases: string[]): Replaced => ({
    secretSet: {
      arena: { close: () => closed.push(name) },
      variables: [],
    } as unknown as Replaced["secretSet"],
    tokenIsOurs: true,
    leases,
  });
  return { rotation: new Rotation(options), replaced, revoked, closed };
}

Deno.test("begin() revokes old leases after a restart", async () => {
  const scene = makeScene(() => Promise.resolve(true));
  scene.rotation.begin(["A"], scene.replaced("old", ["l1"]));
  await scene.rotation.end();
  deepEqual(scene.revoked, [["l1"]]);
  deepEqual(scene.closed, ["old"]);
});

Deno.test("leases in use by the application are revoked only at the end", async () => {
  const scene = makeScene(() => Promise.resolve(false));
  scene.rotation.begin(["A"], scene.replaced("old", ["l1"]));
  await new Promise((resolve) => setTimeout(resolve, 0));
  deepEqual(scene.revoked, []);
  await scene.rotation.end();
  deepEqual(scene.revoked, [["l1"]]);
});

Deno.test("an application that ends during its restart leaves no lease behind", async () => {
  const restart = Promise.withResolvers<boolean>();
  const scene = makeScene(() => restart.promise);
  scene.rotation.begin(["A"], scene.replaced("old", ["l1"]));
  const ended = scene.rotation.end();
  restart.resolve(false);
  await ended;
  deepEqual(scene.revoked, [["l1"]]);
  equal(scene.closed.length, 1);
});
