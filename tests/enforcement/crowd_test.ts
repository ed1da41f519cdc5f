/**
 * A process tree that is full: its next process is not made, rather than made
 * and not protected; and there is room again when the others have ended.
 */
import { equal } from "node:assert/strict";
import { Guest, SOCKET, waitFor } from "./guest.ts";

/** CT_MAX_PER_TREE of c/bpf/state.h, without the process that registered. */
const MOST = 16_384 - 1;
/** The kernel's own limit of processes follows from it. */
const memory = 6144;
const CROWD_MS = 240_000;

Deno.test("the process that finds its process tree full is not made", async () => {
  await using guest = await Guest.boot({ kernel: "debian-6.12", memory });
  await guest.startAgent();
  const crowd = await guest.do(`tricks crowd ${SOCKET}`, CROWD_MS);
  equal(crowd.trim(), `${MOST} EAGAIN\none more`);
  await guest.do(`status() { wget -qO- http://127.0.0.1:8198/v1/status; }
    ${waitFor(`status | grep -q '"protectedProcesses": 0'`)}
    status | grep -q '"protectedProcesses": 0'`);
});
