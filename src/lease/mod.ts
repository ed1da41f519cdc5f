/** Door of the room that answers: how long do secrets live, and what then? */
export { type ErrandCount, ErrandTally } from "./errand_tally.ts";
export { LeaseKeeper } from "./keeper.ts";
export { type Fetch, VaultSession } from "./session.ts";
export { dueAt, endsAt, makeTerm, prolong } from "./term.ts";
