/** Door of the room that answers: how long do secrets live, and what then? */
export { type KeeperOptions, LeaseKeeper } from "./keeper.ts";
export { type Fetch, type SessionOptions, VaultSession } from "./session.ts";
export { dueAt, endsAt, makeTerm, prolong, type Term } from "./term.ts";
