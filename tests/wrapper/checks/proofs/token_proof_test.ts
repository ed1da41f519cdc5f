/** token_protected: environment block, files, memory, and the control of the scan. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { ProofKernel } from "@/wrapper/checks/machine/host.ts";
import type { TokenOrigin } from "@/wrapper/checks/proofs/subject.ts";
import {
  findTokenVariable,
  proveToken,
} from "@/wrapper/checks/proofs/token_proof.ts";
import {
  makeKernel,
  makeProcHost,
  makeRound,
  makeSubject,
} from "../fake_machine.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function prove(
  token: TokenOrigin,
  changes: Partial<ProofKernel> = {},
): Promise<string> {
  const proof = await proveToken(makeRound({
    subject: makeSubject({ token }),
    kernel: makeKernel(changes),
  }));
  return `${proof.state}: ${proof.reason}${proof.detail}`;
}

Deno.test("findTokenVariable() finds tokens that were not wiped", () => {
  const cases: [string, string | undefined][] = [
    ["A=1\0VAULT_TOKEN=hvs.x\0B=2\0", "VAULT_TOKEN"],
    ["A=1\0BAO_TOKEN=s.x", "BAO_TOKEN"],
    ["VAULT_TOKEN=\0\0\0\0\0\0A=1\0", undefined],
    ["VAULT_TOKEN=\0", undefined],
    ["VAULT_TOKEN", undefined],
    ["XVAULT_TOKEN=abc\0", undefined],
    ["VAULT_TOKEN_FILE=/x\0", undefined],
    ["VAULT_TOKEN=vault:login\0", undefined],
    ["BAO_TOKEN=bao:login\0", undefined],
    ["VAULT_TOKEN=vault:login2\0", "VAULT_TOKEN"],
    ["VAULT_TOKEN=\0BAO_TOKEN=x\0", "BAO_TOKEN"],
    ["", undefined],
    ["\0\0", undefined],
  ];
  for (const [block, expected] of cases) {
    assert.equal(findTokenVariable(bytes(block)), expected, block);
  }
});

Deno.test("findTokenVariable() finds a token among any bytes, and never throws", () => {
  const entry = fc.uint8Array({ maxLength: 40 })
    .map((raw) => raw.map((byte) => byte || 1));
  fc.assert(
    fc.property(fc.array(entry), fc.array(entry), (before, after) => {
      const block = [...before, bytes("VAULT_TOKEN=\xff\x01"), ...after]
        .flatMap((one) => [...one, 0]);
      assert.notEqual(findTokenVariable(new Uint8Array(block)), undefined);
      findTokenVariable(new Uint8Array(block).subarray(3));
    }),
  );
});

Deno.test("proveToken() passes, and names the token's origin", async () => {
  assert.match(
    await prove({ origin: "login" }),
    /^in_force: Vault token in memfd_secret$/,
  );
  assert.match(
    await prove({ origin: "none" }),
    /^in_force: No Vault token in use/,
  );
  assert.match(
    await prove({ origin: "environment" }),
    /^in_force: .*wiped from the environment block \(the pod spec still has it\)$/,
  );
});

Deno.test("proveToken() fails on a token in the environment block", async () => {
  assert.equal(
    await prove({ origin: "environment" }, {
      environment: () => bytes("VAULT_TOKEN=hvs.secret\0"),
    }),
    "absent: VAULT_TOKEN was passed in the environment",
  );
});

Deno.test("proveToken() checks the file system of every credential file, used or not", async () => {
  const magic: Readonly<Record<string, number>> = {
    "/memory": 0x01021994,
    "/ram": 0x858458f6,
    "/disk": 0xef53,
    "/layer": 0x794c7630,
    "/odd": 0x1234,
  };
  const cases: [string[], string | undefined][] = [
    [["/memory", "/ram"], undefined],
    [["/disk"], "token file /disk is on ext4"],
    [["/memory", "/disk"], "token file /disk is on ext4"],
    [["/layer"], "token file /layer is on overlay"],
    [["/odd"], "token file /odd is on a file system of type 0x1234"],
  ];
  for (const origin of ["environment", "file", "login", "none"] as const) {
    for (const [paths, reason] of cases) {
      const files = paths.map((path) => ({ what: "token file", path }));
      const said = await prove({ origin, files }, {
        fileSystem: (path) => magic[path] ?? 0,
      });
      if (reason === undefined) assert.match(said, /^in_force: /);
      else assert.equal(said, `absent: ${reason}`);
    }
  }
});

Deno.test("proveToken() checks the file that was read, also if the path has changed", async () => {
  const cases: [(string | undefined)[] | undefined, string | undefined][] = [
    [undefined, undefined],
    [[], undefined],
    [["tmpfs", "ramfs", "devtmpfs", "rootfs"], undefined],
    [["ext4"], "ext4"],
    [["tmpfs", "fuse.tmpfs", "tmpfs"], "fuse.tmpfs"],
    [
      ["tmpfs", undefined],
      "an unknown file system (not in /proc/self/mountinfo)",
    ],
    [[""], "an unknown file system (not in /proc/self/mountinfo)"],
  ];
  const gone = () => {
    throw Object.assign(new Error("no"), { code: "ENOENT" });
  };
  for (const [readFrom, type] of cases) {
    const files = [{
      what: "token file",
      path: "/x",
      ...(readFrom && { readFrom }),
    }];
    for (const fileSystem of [() => 0x01021994, gone]) {
      const said = await prove({ origin: "file", files }, { fileSystem });
      if (type === undefined) assert.match(said, /^in_force: /);
      else assert.equal(said, `absent: token file /x was read from ${type}`);
    }
  }
  const files = [{ what: "token file", path: "/x", readFrom: ["tmpfs"] }];
  assert.equal(
    await prove({ origin: "file", files }, { fileSystem: () => 0xef53 }),
    "absent: token file /x is on ext4",
  );
});

Deno.test("proveToken() ignores a missing file, and no other that it cannot inspect", async () => {
  const judge = (code: string) =>
    prove({ origin: "file", files: [{ what: "JWT file", path: "/x" }] }, {
      fileSystem: () => {
        throw Object.assign(new Error("no"), { code });
      },
    });
  assert.match(await judge("ENOENT"), /^in_force: /);
  assert.equal(
    await judge("EACCES"),
    "absent: cannot determine the file system of JWT file /x",
  );
});

Deno.test("proveToken() fails when the application is given the token", async () => {
  assert.equal(
    await prove({ origin: "login", passedThrough: true }),
    "absent: token passed to the application (VAULT_TOKEN=vault:login)",
  );
});

/** A scan over a memory that holds `copies` of the first pattern besides what a test plants. */
function scanner(copies: number, control = true): Partial<ProofKernel> {
  let planted: Uint8Array | undefined;
  let calls = 0;
  return {
    wipe: (view) => {
      planted = view;
      view.fill(0);
    },
    scan: (patterns) => {
      const plant = control && planted === undefined && calls++ === 0 ? 1 : 0;
      return Promise.resolve({
        hits: copies + plant,
        bytes: 1,
        firstHit: 1n,
        firstPattern: copies > 0 ? 0 : patterns.length - 1,
      });
    },
  };
}

Deno.test("proveToken() counts copies without the planted one", async () => {
  assert.equal(
    await prove({ origin: "login" }, scanner(1)),
    "absent: 1 copy of the token or a secret in memory outside the arena",
  );
  assert.equal(
    await prove({ origin: "login" }, scanner(3)),
    "absent: 3 copies of the token or a secret in memory outside the arena",
  );
});

Deno.test("proveToken() is unknown if the planted copy is not found", async () => {
  assert.equal(
    await prove({ origin: "login" }, scanner(0, false)),
    "unknown: cannot be proven: the scan did not find the planted control value",
  );
});

Deno.test("proveToken() fails if the only copy found is not the planted one", async () => {
  const scan = () =>
    Promise.resolve({ hits: 1, bytes: 1, firstHit: 1n, firstPattern: 0 });
  const patterns = () => [{ name: "the token", bytes: new Uint8Array(16) }];
  const proof = await proveToken(makeRound({
    subject: makeSubject({ patterns }),
    kernel: makeKernel({ scan }),
  }));
  assert.equal(proof.state, "absent");
});

Deno.test("proveToken() wipes the planted copy even if the scan throws", async () => {
  const wiped: Uint8Array[] = [];
  const proof = proveToken(makeRound({
    kernel: makeKernel({
      scan: () => Promise.reject(new Error("no")),
      wipe: (view) => wiped.push(view.fill(0)),
    }),
  }));
  await assert.rejects(proof);
  assert.equal(wiped.length, 1);
  assert.ok(wiped[0]?.every((byte) => byte === 0));
});

Deno.test("proveToken() leaves out patterns that are too short", async () => {
  const seen: number[] = [];
  const kernel = makeKernel();
  const scan = (patterns: Uint8Array[]) => {
    seen.push(...patterns.map(({ length }) => length));
    return kernel.scan(patterns);
  };
  const patterns = () =>
    [3, 9].map((bytes) => ({ name: "X", bytes: new Uint8Array(bytes) }));
  await proveToken(makeRound({
    subject: makeSubject({ patterns }),
    kernel: makeKernel({ scan }),
  }));
  assert.deepEqual(seen, [9, 32]);
});

Deno.test("proveToken() names what was found, and does not count public values", async () => {
  const round = (isPublic: boolean) => {
    const kernel = makeKernel(scanner(1));
    const subject = {
      ...makeSubject({ token: { origin: "login" } }),
      patterns: () => [{ name: "DB_PASSWORD", bytes: new Uint8Array(16) }],
      isPublic: () => Promise.resolve(isPublic),
    };
    const scan = (patterns: Uint8Array[]) =>
      // The scan finds the first pattern; without it only the control is left.
      patterns.length === 2
        ? kernel.scan(patterns)
        : Promise.resolve({ hits: 0, bytes: 1, firstHit: 0n, firstPattern: 0 });
    return proveToken(makeRound({
      subject,
      kernel: { ...kernel, scan },
      host: makeProcHost("6.1-container"),
    }));
  };
  assert.equal(
    (await round(false)).reason,
    "1 copy of DB_PASSWORD in memory outside the arena",
  );
  assert.equal((await round(true)).state, "in_force");
});
