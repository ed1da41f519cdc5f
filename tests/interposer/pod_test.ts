/**
 * In containers of a strict cluster (tests/support/pod.ts: uid 65532,
 * read-only, no capabilities, default seccomp profile, 64 KiB of lockable memory),
 * with glibc, with musl, and with an empty root.
 */
import assert from "node:assert/strict";
import type { RootKind } from "../../tools/roots.ts";
import type { Ran } from "../../tools/run.ts";
import {
  lockable,
  type PodOptions,
  runPod,
} from "../support/containers/pod.ts";
import { testAsRoot } from "../support/roles.ts";
import { compileGuest, compileMuslGuest, RIGHT, startVault } from "./guests.ts";

const MUSL_LOADER = "/lib/ld-musl-x86_64.so.1";
const ALL = {
  CLOUDTASER_SCORE_CHECKS: "all",
  CLOUDTASER_REQUIRE_CHECKS: "ld_preload_active",
};

interface Image {
  readonly kind: RootKind;
  readonly program: string;
  readonly files?: Readonly<Record<string, string>>;
}

type Harsh = Partial<Pick<PodOptions, "forbidden" | "rlimits">>;

/** Runs the guest as the container's application. */
async function run(
  { kind, program, files = {} }: Image,
  interpose: string,
  words: readonly string[],
  harsh: Harsh = {},
  env: Readonly<Record<string, string>> = ALL,
): Promise<Ran> {
  await using vault = await startVault();
  return await runPod({
    kind,
    vault,
    words,
    files: { ...files, "/app": program },
    env: { CLOUDTASER_INTERPOSE: interpose, ...env },
    ...harsh,
  });
}

const WORDS = ["hash", "DB_PASSWORD", "fds", "exec", "execv", "/app"];
const TWICE = [...WORDS, "hash", "DB_PASSWORD", "exit", "6"];

const GLIBC: Image = { kind: "cc", program: compileGuest("pod") };
const MUSL: Image = {
  kind: "empty",
  program: compileMuslGuest("pod-musl"),
  files: { [MUSL_LOADER]: MUSL_LOADER },
};
const NOTHING: Image = {
  kind: "empty",
  program: compileGuest("pod-static", "gcc", ["-static"]),
};

for (const [name, image] of [["glibc", GLIBC], ["musl", MUSL]] as const) {
  testAsRoot(
    `root with ${name}: a hand-off, and another one after exec`,
    async () => {
      const { code, stdout, stderr } = await run(image, "require", TWICE);
      assert.equal(code, 6, stderr);
      assert.equal(stdout.split(`${RIGHT}\n`).length, 3, stdout);
      assert.doesNotMatch(stdout, /secretmem|memfd/);
      assert.match(stderr, /Protection score: 65\/105/);
    },
  );
}

testAsRoot(
  "root with nothing: the ordinary environment, or 77",
  async () => {
    const auto = await run(NOTHING, "auto", TWICE, {}, {});
    assert.equal(auto.code, 6, auto.stderr);
    assert.equal(auto.stdout.split(`${RIGHT}\n`).length, 3);
    assert.match(
      auto.stderr,
      /Cannot interpose \(static binary\); root can read/,
    );
    const required = await run(NOTHING, "require", TWICE, {}, {});
    assert.equal(required.code, 77);
    assert.equal(required.stdout, "");
  },
);

for (
  const [what, harsh] of [
    ["memfd_secret is forbidden", { forbidden: ["memfd_secret"] }],
    ["nothing may be locked", { rlimits: [lockable(0)] }],
  ] as [string, Harsh][]
) {
  testAsRoot(
    `${what}: the ordinary environment, or 77`,
    async () => {
      const auto = await run(GLIBC, "auto", TWICE, harsh, {});
      assert.equal(auto.code, 6, auto.stderr);
      assert.equal(auto.stdout.split(`${RIGHT}\n`).length, 3);
      assert.match(auto.stderr, /Cannot interpose \(no secret memory\)/);
      assert.equal((await run(GLIBC, "require", TWICE, harsh, {})).code, 77);
    },
  );
}
