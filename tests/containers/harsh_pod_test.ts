/** Containers without what the wrapper needs: it reports that and scores less, or does not start. */
import assert from "node:assert/strict";
import type { Ran } from "../../tools/run.ts";
import { testAsRoot } from "../support/roles.ts";
import {
  lockable,
  type PodOptions,
  runPod,
} from "../support/containers/pod.ts";
import { TestVault } from "../support/test_vault.ts";

type Harsh =
  & Partial<
    Pick<PodOptions, "allowed" | "forbidden" | "rlimits" | "env">
  >
  & { readonly secret?: string };

const NO_SECRETMEM = { forbidden: ["memfd_secret"] };
const NO_LOCKS = { rlimits: [lockable(0)] };
const MEMLOCK =
  "RLIMIT_MEMLOCK 0 KiB too small, grant CAP_IPC_LOCK or raise it";

/** Runs `/app env` with a secret. */
async function run({ secret, ...harsh }: Harsh): Promise<Ran> {
  await using vault = await TestVault.start();
  if (secret) await vault.setPassword(secret);
  return await runPod({ vault, words: ["env"], ...harsh });
}

/** Containers in which the application starts: title, options, score, log lines. */
const POORER: readonly (readonly [string, Harsh, number, readonly string[]])[] =
  [
    ["memfd_secret forbidden", NO_SECRETMEM, 40, [
      "memfd_secret: FAIL (+0) blocked by seccomp",
      "mlock: OK (+10)",
      "token_protected: OK (+10)",
    ]],
    ["no lockable memory", NO_LOCKS, 30, [
      `memfd_secret: FAIL (+0) ${MEMLOCK}`,
      `mlock: FAIL (+0) ${MEMLOCK}`,
      "madv_dontdump: OK (+10)",
    ]],
    ["no room to renew a lease", { rlimits: [lockable(8)] }, 30, [
      `memfd_secret: FAIL (+0) ${MEMLOCK.replace("0 KiB", "8 KiB")}`,
      "madv_dontdump: OK (+10)",
    ]],
    ["room for three arenas", { rlimits: [lockable(12)] }, 55, [
      "memfd_secret: OK (+15)",
      "mlock: OK (+10)",
    ]],
    ["mlock forbidden", { forbidden: ["mlock", "mlock2"] }, 55, [
      "memfd_secret: OK (+15)",
    ]],
    ["neither", { ...NO_SECRETMEM, ...NO_LOCKS }, 30, [
      "memfd_secret: FAIL (+0) blocked by seccomp",
      `mlock: FAIL (+0) ${MEMLOCK}`,
    ]],
    // The default profile of containerd 1.6 and Docker 20.10 without CAP_SYS_PTRACE.
    [
      "process_vm_readv forbidden",
      { forbidden: ["process_vm_readv"], allowed: ["vmsplice"] },
      55,
      ["memfd_secret: OK (+15)", "token_protected: OK (+10)"],
    ],
    [
      "process_vm_readv and vmsplice forbidden",
      { forbidden: ["process_vm_readv", "vmsplice"] },
      40,
      [
        "memfd_secret: FAIL (+0) cannot be proven: reading ordinary memory failed with EPERM too",
        // The scan reads memory in place and needs neither call.
        "token_protected: OK (+10)",
      ],
    ],
    [
      "pidfds and close_range forbidden",
      { forbidden: ["pidfd_open", "pidfd_send_signal", "close_range"] },
      55,
      ["memfd_secret: OK (+15)"],
    ],
  ];

for (const [title, harsh, score, lines] of POORER) {
  testAsRoot(`pod, ${title}: ${score}/75, and the secret arrives`, async () => {
    const { code, stdout, stderr } = await run(harsh);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^DB_PASSWORD=s3cr3t-p4ss$/m);
    const log = stderr.split("\n").map((line) => line.replace(/^\S+Z /, ""));
    for (const line of [`Protection score: ${score}/75`, ...lines]) {
      assert.ok(log.includes(`[cloudtaser-wrapper] ${line}`), stderr);
    }
  });
}

/** Containers in which it does not: title, options, status, last line. */
const REFUSED: readonly (readonly [string, Harsh, number, RegExp])[] = [
  [
    "a minimum that cannot be reached",
    { ...NO_SECRETMEM, env: { CLOUDTASER_MIN_PROTECTION_SCORE: "55" } },
    77,
    /error: The application is not started: .*40.*55/,
  ],
  [
    "too little lockable memory for the secrets",
    { rlimits: [lockable(12)], secret: "s".repeat(12_000) },
    71,
    /error: Cannot lock .*RLIMIT_MEMLOCK.*CAP_IPC_LOCK/,
  ],
  [
    "memfd_create forbidden",
    { forbidden: ["memfd_create"] },
    71,
    /error: memfd_create.*seccomp profile must allow memfd_create/,
  ],
];

for (const [title, harsh, status, says] of REFUSED) {
  testAsRoot(
    `pod, ${title}: ${status}, the application does not start`,
    async () => {
      const { code, stdout, stderr } = await run(harsh);
      assert.equal(code, status, stderr);
      assert.equal(stdout, "");
      assert.match(stderr.trimEnd().split("\n").at(-1) ?? "", says);
    },
  );
}
