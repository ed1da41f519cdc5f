/** Credential files: their file system decides token_protected, and anything but a regular file is refused at once. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";

/** The repository is on a disk, even if /tmp is not. */
const ON_DISK = new URL("../../dist/", import.meta.url).pathname;
const IN_MEMORY = "/dev/shm";

/** Two folders with a file that holds the token: on a disk and in memory. */
async function withFiles(
  body: (
    at: { disk: string; memory: string },
    vault: TestVault,
  ) => Promise<void>,
): Promise<void> {
  await using vault = await TestVault.startWithProxy();
  const [disk, memory] = await Promise.all(
    [ON_DISK, IN_MEMORY].map((dir) =>
      Deno.makeTempDir({ dir, prefix: "files-" })
    ),
  );
  try {
    for (const dir of [disk, memory]) {
      Deno.writeTextFileSync(`${dir}/token`, vault.token);
    }
    await body({ disk: disk ?? "", memory: memory ?? "" }, vault);
  } finally {
    for (const dir of [disk, memory]) {
      await Deno.remove(dir ?? "", { recursive: true });
    }
  }
}

Deno.test("a credential file on a disk costs the points, even if another source is used", () =>
  withFiles(async ({ disk, memory }, vault) => {
    const settings = [
      ["VAULT_TOKEN_FILE", "token file"],
      ["VAULT_SECRET_ID_FILE", "secret id file"],
    ] as const;
    for (const [setting, what] of settings) {
      for (const dir of [disk, memory]) {
        const { code, stderr } = await runWrapper({
          args: ["/bin/true"],
          // The token is in the environment as well.
          env: vault.env({ [setting]: `${dir}/token` }),
        });
        assert.equal(code, 0, stderr);
        if (dir === memory) {
          assert.match(stderr, /token_protected: OK \(\+10\)\n/);
        } else {
          const said =
            `token_protected: FAIL \\(\\+0\\) ${what} ${dir}/token is on \\w+\n`;
          assert.match(stderr, new RegExp(said));
        }
      }
    }
  }));

testAsRoot(
  "a file on a disk is found below a hidden mount, and links are followed",
  () =>
    withFiles(async ({ disk, memory }, vault) => {
      // a/b is a tmpfs; then another folder of the disk is mounted over a, and hides it.
      const hide = `cd ${disk} && mkdir -p a/b other/b && cp token other/b/ &&
        mount -t tmpfs tmpfs a/b && mount --bind other a && exec "$@"`;
      const hidden = await runWrapper({
        args: ["/bin/true"],
        within: ["unshare", "--mount", "sh", "-c", hide, "sh"],
        env: vault.env({
          VAULT_TOKEN_FILE: `${disk}/a/b/token`,
          PATH: Deno.env.get("PATH") ?? "",
        }),
      });
      assert.equal(hidden.code, 0, hidden.stderr);
      assert.match(
        hidden.stderr,
        /token_protected: FAIL .*\/a\/b\/token is on \w+\n/,
      );
      // As the kubelet does: token -> ..data/token, ..data -> ..2026/.
      Deno.mkdirSync(`${memory}/..1`);
      Deno.renameSync(`${memory}/token`, `${memory}/..1/token`);
      Deno.symlinkSync("..1", `${memory}/..data`);
      Deno.symlinkSync("..data/token", `${memory}/token`);
      Deno.symlinkSync(`${memory}/token`, `${disk}/link`);
      const linked = await runWrapper({
        args: ["/bin/true"],
        env: vault.env({ VAULT_TOKEN_FILE: `${disk}/link` }),
      });
      assert.match(linked.stderr, /token_protected: OK \(\+10\)\n/);
    }),
);

Deno.test("a file that moves to a disk later costs the points from then on", () =>
  withFiles(async ({ disk, memory }, vault) => {
    const link = `${disk}/link`;
    Deno.symlinkSync(`${memory}/token`, link);
    await using wrapper = startWrapper({
      args: ["/bin/sleep", "60"],
      env: vault.env({
        VAULT_TOKEN_FILE: link,
        CLOUDTASER_SCORE_INTERVAL: "200ms",
      }),
    });
    await wrapper.waitForLog(/token_protected: OK/);
    Deno.symlinkSync(`${disk}/token`, `${link}.new`);
    Deno.renameSync(`${link}.new`, link);
    await wrapper.waitForLog(/token file .* is on \w+/);
  }));

testAsRoot(
  "a token file in memory gets the points, for any user",
  () =>
    withFiles(async ({ memory }, vault) => {
      Deno.chmodSync(memory, 0o755);
      Deno.chmodSync(`${memory}/token`, 0o644);
      for (const role of [{}, { uid: 65534 }, { pidNamespace: true }]) {
        const { code, stderr } = await runWrapper({
          ...role,
          args: ["/bin/true"],
          env: vault.env({
            VAULT_TOKEN: "",
            VAULT_TOKEN_FILE: `${memory}/token`,
          }),
        });
        assert.equal(code, 0, stderr);
        assert.match(stderr, /token_protected: OK \(\+10\)\n/);
      }
    }),
);

/** Changes after the read, as shell scripts; $1 is the file. The token stays on the disk. */
const SWAPS: readonly (readonly [string, string])[] = [
  ["is unlinked, and a hard link stays", 'ln "$1" "$1.kept" && rm "$1"'],
  [
    "is replaced by a link to a file in memory",
    'cp "$1" "$2" && ln -s "$2" "$1.new" && mv -T "$1.new" "$1"',
  ],
  [
    "is hidden by a tmpfs",
    'here=$(dirname "$1"); mount -t tmpfs tmpfs "$here" && echo other >"$1"',
  ],
];

for (const [what, swap] of SWAPS) {
  testAsRoot(
    `a file on a disk costs the points although it ${what} after the read`,
    () =>
      withFiles(async ({ disk, memory }, vault) => {
        const { proxy } = vault;
        // The wrapper reads the token file before it asks for a secret.
        proxy.add({ kind: "answer", status: 503, path: "secret/" });
        await using wrapper = startWrapper({
          args: ["/bin/sleep", "60"],
          within: ["unshare", "--mount"],
          env: vault.env({
            VAULT_TOKEN: "",
            VAULT_TOKEN_FILE: `${disk}/token`,
          }),
        });
        await wrapper.waitForLog(/503/);
        const namespace = ["--mount", "--target", String(wrapper.pid)];
        const words = ["sh", "-ec", swap, "sh"];
        const swapped = new Deno.Command("nsenter", {
          args: [...namespace, ...words, `${disk}/token`, `${memory}/copy`],
        }).outputSync();
        assert.ok(swapped.success, new TextDecoder().decode(swapped.stderr));
        proxy.clear();
        const [, said] = await wrapper.waitForLog(/token_protected: (.*)\n/);
        const reason = `token file ${disk}/token was read from \\w+`;
        assert.match(said ?? "", new RegExp(`^FAIL \\(\\+0\\) ${reason}$`));
      }),
  );
}

const SETTINGS:
  readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["VAULT_TOKEN_FILE", { VAULT_TOKEN: "" }],
    ["VAULT_JWT_FILE", { VAULT_AUTH_METHOD: "jwt", VAULT_AUTH_ROLE: "app" }],
    ["VAULT_ROLE_ID_FILE", { VAULT_AUTH_METHOD: "approle" }],
    ["VAULT_SECRET_ID_FILE", {
      VAULT_AUTH_METHOD: "approle",
      VAULT_ROLE_ID: "x",
    }],
    ["VAULT_CACERT", {}],
    ["VAULT_CLIENT_CERT", { VAULT_CLIENT_KEY: "/etc/hostname" }],
    ["VAULT_CLIENT_KEY", { VAULT_CLIENT_CERT: "/etc/hostname" }],
  ];

Deno.test("anything but a regular file of a sensible size is refused in one line, unread", async (test) => {
  await using vault = await TestVault.start();
  const dir = await Deno.makeTempDir({ prefix: "odd-files-" });
  new Deno.Command("mkfifo", { args: [`${dir}/fifo`] }).outputSync();
  using large = Deno.createSync(`${dir}/large`);
  large.truncateSync(2 ** 40);
  const kinds = [
    [`${dir}/fifo`, "is a FIFO: name a regular file"],
    ["/dev/zero", "is a device: name a regular file"],
    [`${dir}/large`, "is larger than "],
    // Its mode is that of a regular file, but reading it waits for kernel messages.
    ["/proc/kmsg", "is empty"],
    [dir, "is a directory"],
  ] as const;
  for (const [setting, more] of SETTINGS) {
    for (const [path, says] of kinds) {
      await test.step(`${setting} ${says}`, async () => {
        const env = {
          ...vault.env({
            CLOUDTASER_VAULT_DEADLINE: "5s",
            CLOUDTASER_LOG_LEVEL: "error",
          }),
          ...more,
          [setting]: path,
        };
        const { code, stdout, stderr } = await runWrapper({
          args: ["/bin/echo", "started"],
          env,
        });
        assert.equal(code, 78, stderr);
        assert.equal(stdout, "");
        const line = new RegExp(
          `^\\S+Z \\[cloudtaser-wrapper\\] error: ${setting} names ${path}, which ${says}.*\n$`,
        );
        assert.match(stderr, line);
      });
    }
  }
  await Deno.remove(dir, { recursive: true });
});
