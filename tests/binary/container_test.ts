/** The binary as Kubernetes runs it under the restricted policy, in roots that hold less and less. */
import assert from "node:assert/strict";
import { ensurePackages } from "../../tools/packages.ts";
import { makeRoot, type RootKind } from "../../tools/roots.ts";
import {
  CAN_RUN_CONTAINERS,
  makeBundle,
  RUNC_PACKAGES,
} from "../support/runc.ts";
import { WRAPPER } from "../support/wrapper.ts";

if (CAN_RUN_CONTAINERS) await ensurePackages(RUNC_PACKAGES);

const NEEDS_ROOT = { ignore: !CAN_RUN_CONTAINERS };
const FILES = { "/cloudtaser-wrapper": WRAPPER };
const VERSION = /^cloudtaser-wrapper \S+ \(deno \S+, glibc .+\)\n$/;

for (const kind of ["empty", "static", "cc"] satisfies RootKind[]) {
  Deno.test({
    name:
      `container (${kind}): runs as 65532, read-only, no capabilities, default seccomp`,
    ...NEEDS_ROOT,
    fn: async () => {
      await using root = await makeRoot(kind, { files: FILES });
      await using bundle = await makeBundle({
        root: root.path,
        args: ["/cloudtaser-wrapper", "--version"],
      });
      const { code, stdout, stderr } = await bundle.run();
      assert.equal(code, 0, stderr);
      assert.match(stdout, VERSION);
      assert.equal(stderr, "");
    },
  });
}

Deno.test({
  name: "container (empty): on a terminal nothing of Deno's own is printed",
  ...NEEDS_ROOT,
  fn: async () => {
    await using root = await makeRoot("empty", { files: FILES });
    await using bundle = await makeBundle({
      root: root.path,
      args: ["/cloudtaser-wrapper", "--version"],
      tty: true,
    });
    const { code, stdout } = await bundle.run();
    assert.equal(code, 0, stdout);
    assert.match(stdout.replaceAll("\r", ""), VERSION);
  },
});

Deno.test({
  name: "container (empty): its own memory protections hold there",
  ...NEEDS_ROOT,
  fn: async () => {
    await using root = await makeRoot("empty", { files: FILES });
    await using bundle = await makeBundle({
      root: root.path,
      args: ["/cloudtaser-wrapper", "check"],
    });
    const { stdout, stderr } = await bundle.run();
    for (const name of ["mlock", "madv_dontdump", "pr_set_dumpable"]) {
      assert.match(stdout, new RegExp(`^${name} +OK`, "m"), stderr);
    }
  },
});

Deno.test({
  name:
    "container (cc): a preload list of the image does not reach the wrapper",
  ...NEEDS_ROOT,
  fn: async () => {
    await using root = await makeRoot("cc", { files: FILES });
    await Deno.writeTextFile(
      `${root.path}/etc/ld.so.preload`,
      "/nonexistent/evil.so\n",
    );
    await using bundle = await makeBundle({
      root: root.path,
      args: ["/cloudtaser-wrapper", "--version"],
    });
    const { code, stdout, stderr } = await bundle.run();
    assert.equal(code, 0);
    assert.match(stdout, VERSION);
    assert.equal(stderr, "");
  },
});

Deno.test({
  name: "container (static): starts a static application as its only child",
  ...NEEDS_ROOT,
  fn: async () => {
    await using root = await makeRoot("static", {
      files: FILES,
      packages: ["busybox-static"],
    });
    await using bundle = await makeBundle({
      root: root.path,
      args: ["/cloudtaser-wrapper", "--", "/bin/busybox", "id", "-u"],
      env: ["CLOUDTASER_LISTEN=off"],
    });
    const { code, stdout, stderr } = await bundle.run();
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "65532\n");
  },
});
