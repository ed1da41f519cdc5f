/** The binary as Kubernetes runs it under the restricted policy, in roots that hold less and less. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { compile } from "../../tools/compile.ts";
import { makeRoot, type RootKind } from "../../tools/roots.ts";
import { makeBundle } from "../support/containers/runc.ts";
import { WRAPPER } from "../support/wrapper.ts";

const FILES = { "/cloudtaser-wrapper": WRAPPER };
const VERSION = /^cloudtaser-wrapper \S+ \(deno \S+, glibc .+\)\n$/;

for (const kind of ["empty", "static", "cc"] satisfies RootKind[]) {
  testAsRoot(
    `container (${kind}): runs as 65532, read-only, no capabilities, default seccomp`,
    async () => {
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
  );
}

testAsRoot(
  "container (empty): on a terminal nothing of Deno's own is printed",
  async () => {
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
);

testAsRoot(
  "container (empty): its own memory protections hold there",
  async () => {
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
);

testAsRoot(
  "container (cc): the image's preload list and home folder do not reach the wrapper",
  async () => {
    await using root = await makeRoot("cc", { files: FILES });
    await Deno.writeTextFile(
      `${root.path}/etc/ld.so.preload`,
      "/nonexistent/evil.so\n",
    );
    // Deno would stop at what is no file, if it looked for the user's home.
    await Deno.mkdir(`${root.path}/home/nonroot/.npmrc`);
    await using bundle = await makeBundle({
      root: root.path,
      args: ["/cloudtaser-wrapper", "--version"],
    });
    const { code, stdout, stderr } = await bundle.run();
    assert.equal(code, 0);
    assert.match(stdout, VERSION);
    assert.equal(stderr, "");
  },
);

testAsRoot(
  "container (static): names resolve although nsswitch.conf wants modules that are not there",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "cloudtaser-names-" });
    try {
      await Deno.writeTextFile(`${folder}/main.js`, RESOLVE);
      const output = `${folder}/resolve`;
      await compile({ entry: `${folder}/main.js`, output });
      await using root = await makeRoot("static", {
        files: { "/resolve": output },
      });
      await Deno.writeTextFile(
        `${root.path}/etc/nsswitch.conf`,
        "hosts: mymachines files resolve [!UNAVAIL=return] dns\n",
      );
      await Deno.writeTextFile(
        `${root.path}/etc/hosts`,
        "127.0.0.1 vault.example\n",
      );
      await using bundle = await makeBundle({
        root: root.path,
        args: ["/resolve"],
        network: "host",
      });
      const { stdout, stderr } = await bundle.run();
      assert.match(stdout, /Connection refused/, stderr);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Port 9 (discard): nobody listens; another reason than a refused connection is a failed look-up. */
const RESOLVE = `
try { await Deno.connect({ hostname: "vault.example", port: 9 }); }
catch (error) { console.log(error.message); }
`;

testAsRoot(
  "container (static): starts a static application as its only child",
  async () => {
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
);
