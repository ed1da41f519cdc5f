/** Renewal in time, even if the wall clock is set back. */
import { deepEqual, equal } from "node:assert/strict";
import type { Fetch, VaultSession } from "@/wrapper/secrets/vault_session.ts";
import { LeaseKeeper } from "@/wrapper/secrets/lease_keeper.ts";
import type { SecretStore } from "@/wrapper/secrets/store.ts";
import { eventually } from "../../support/eventually.ts";

const quiet = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  line() {},
  audit() {},
};

/** A keeper of one token of one second, and when it was renewed. */
function makeKeeper() {
  const renewals: number[] = [];
  const session = {
    renew: () => {
      renewals.push(performance.now());
      return Promise.resolve({ tokenTtlSeconds: 1, leases: [], failed: [] });
    },
    revoke: () => Promise.resolve(),
    cancel: () => {},
  };
  const keeper = new LeaseKeeper({
    session: session as unknown as VaultSession,
    store: {} as SecretStore,
    refreshMs: undefined,
    log: quiet,
    onRotated: () => Promise.resolve(false),
  });
  const tokenInfo = { ttlSeconds: 1, renewable: true, issuedByLogin: true };
  keeper.hold({ report: { tokenInfo, leases: [] } } as unknown as Fetch);
  return { keeper, renewals };
}

Deno.test("a wall clock that is set back does not delay a renewal", async () => {
  const { keeper, renewals } = makeKeeper();
  const now = Date.now;
  try {
    keeper.begin();
    Date.now = () => now() - 3_600_000;
    // Delayed, it would be by an hour.
    await eventually(() => renewals.length, (count) => count >= 2);
    equal(keeper.leaseTtlSeconds, 1);
    deepEqual(keeper.isHealthy, true);
  } finally {
    Date.now = now;
    await keeper.end();
  }
});

Deno.test("a given token that ends before its look-up keeps its term", async () => {
  const { keeper } = makeKeeper();
  const hold = (tokenInfo: object) =>
    keeper.hold({ report: { tokenInfo, leases: [] } } as unknown as Fetch);
  const given = { renewable: false, issuedByLogin: false };
  hold({ ...given, ttlSeconds: 60 });
  hold(given);
  equal(keeper.leaseTtlSeconds, 60);
  hold({ renewable: false, issuedByLogin: true });
  equal(keeper.leaseTtlSeconds, undefined);
  await keeper.end();
});
