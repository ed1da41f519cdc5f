/** The real Dockerfile, built and pushed with the commands of the pages, and its images run by runc. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { fetchDeno } from "../../tools/base/deno_executables.ts";
import { readElf } from "../../tools/base/elf.ts";
import { type Arch, ARCHES, HOST, targetOf } from "../../tools/build/target.ts";
import { cacheDirectory } from "../../tools/cache.ts";
import { ensurePackages } from "../../tools/packages.ts";
import { makeRoot } from "../../tools/roots.ts";
import { run } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import {
  Buildah,
  BUILDAH_PACKAGES,
  makeBuildRoot,
} from "../support/containers/buildah.ts";
import { pull } from "../support/containers/pulled.ts";
import { Registry } from "../support/containers/registry.ts";
import { makeBundle } from "../support/containers/runc.ts";
import { dockerfileOf } from "../support/pages/blocks.ts";
import { PageShell } from "../support/pages/shell.ts";

const BUILD_IMAGE = "localhost/build:test";
const FINAL_IMAGE = "localhost/static:test";
const NAME = "cloudtaser-wrapper";
const VERSION = /^cloudtaser-wrapper \d/;

testAsRoot(
  "Dockerfile: builds on named images and is pushed, and the image runs as it stands",
  async (test) => {
    await ensurePackages(BUILDAH_PACKAGES);
    await using buildah = await Buildah.make();
    await buildah.tag(BUILD_IMAGE, await makeBuildRoot());
    await using base = await makeRoot("static");
    await buildah.tag(FINAL_IMAGE, base.path);
    await using registry = await Registry.start();
    // What the build downloads of npm is here already.
    const cache = "/root/.cache";
    const volumes = [
      `${await denoDir()}:${cache}/deno`,
      `${await cacheDirectory("deno")}:${cache}/cloudtaser-wrapper/deno`,
    ];
    const docker = buildah.docker({ BUILD_IMAGE, FINAL_IMAGE }, volumes);
    await using shell = await PageShell.open({
      env: { HOME: registry.home, REGISTRY: registry.address },
      programs: { docker },
    });
    const image = `${registry.address}/${NAME}:0.1.0`;

    await test.step("docs/INSTALL.md builds it", async () => {
      await shell.run("docs/INSTALL.md", "docker build -t");
      const { User } = await buildah.config(image);
      assert.equal(User, "65532:65532");
      assert.match(await version(buildah, image), VERSION);
    });

    await test.step("the image has the notices of its binary", async () => {
      await using root = await makeRoot("empty");
      await buildah.export(image, root.path);
      await checkNotices(root.path, HOST);
    });

    await test.step("docs/KUBERNETES.md pushes it", async () => {
      await shell.run("docs/KUBERNETES.md", "docker build");
      assert.deepEqual(await registry.tags(NAME), ["0.1.0"]);
    });

    await test.step("README.md puts it into an image", async () => {
      await using folder = await TemporaryFolder.make("app");
      const lines = dockerfileOf("README.md", "COPY --from=cloudtaser-wrapper");
      const file = `FROM ${FINAL_IMAGE}\nCOPY app /app\n${lines}`;
      await Deno.writeTextFile(`${folder.path}/Dockerfile`, file);
      await Deno.writeTextFile(`${folder.path}/app`, "");
      await buildah.alias(image, `localhost/${NAME}`);
      const script = `${folder.path}/docker`;
      await Deno.writeTextFile(script, docker, { mode: 0o755 });
      await run(script, ["build", "-t", "localhost/app:test", folder.path]);
      const { Cmd } = await buildah.config("localhost/app:test");
      assert.deepEqual(Cmd, ["/app", "--flag"]);
      assert.match(await version(buildah, "localhost/app:test"), VERSION);
    });

    await test.step("docs/INSTALL.md builds and pushes it for both processors", async () => {
      for (const arch of ARCHES) if (arch !== HOST) await fetchDeno(arch);
      await using both = await PageShell.open({
        env: { HOME: registry.home, REGISTRY: registry.address },
        programs: { docker: buildah.docker({ BUILD_IMAGE }, volumes) },
      });
      await both.run("docs/INSTALL.md", "docker buildx build");
      for (const arch of ARCHES) {
        await using pulled = await pull(registry, `${NAME}:0.1.0`, arch);
        const { debian, machine } = targetOf(arch);
        assert.equal(pulled.architecture, debian);
        const bytes = await Deno.readFile(`${pulled.root}/${NAME}`);
        assert.equal(readElf(NAME, bytes).machine, machine);
        await checkNotices(pulled.root, arch);
      }
    });
  },
);

/** The file of the image says which compiler's library is in the binary. */
async function checkNotices(root: string, arch: Arch): Promise<void> {
  const text = await Deno.readTextFile(`${root}/THIRD_PARTY_NOTICES`);
  assert.match(
    text,
    /^Libraries under the GNU Lesser General Public License$/m,
  );
  const isCross = new RegExp(
    `^libgcc-\\d+-dev-${targetOf(arch).debian}-cross `,
    "m",
  );
  assert.equal(isCross.test(text), arch !== HOST);
}

/** What the image's entrypoint says of itself. */
async function version(buildah: Buildah, image: string): Promise<string> {
  const { Entrypoint } = await buildah.config(image);
  await using root = await makeRoot("empty");
  await buildah.export(image, root.path);
  await using bundle = await makeBundle({
    root: root.path,
    args: [...Entrypoint, "--version"],
  });
  const { code, stdout, stderr } = await bundle.run();
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Where the running Deno keeps what it downloaded. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
