/** The real Dockerfile, built without a registry, and its image run by runc. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { ensurePackages } from "../../tools/packages.ts";
import { makeRoot } from "../../tools/roots.ts";
import {
  Buildah,
  BUILDAH_PACKAGES,
  makeBuildRoot,
} from "../support/containers/buildah.ts";
import { makeBundle } from "../support/containers/runc.ts";

const BUILD_IMAGE = "localhost/build:test";
const FINAL_IMAGE = "localhost/static:test";
const IMAGE = "localhost/cloudtaser-wrapper:test";

testAsRoot(
  "Dockerfile: builds on named images, and the image runs as it stands",
  async () => {
    await ensurePackages(BUILDAH_PACKAGES);
    await using buildah = await Buildah.make();
    await buildah.tag(BUILD_IMAGE, await makeBuildRoot());
    await using base = await makeRoot("static");
    await buildah.tag(FINAL_IMAGE, base.path);
    await buildah.build(
      IMAGE,
      { BUILD_IMAGE, FINAL_IMAGE },
      [`${await denoDir()}:/root/.cache/deno`],
    );
    const { User, Entrypoint } = await buildah.config(IMAGE);
    assert.equal(User, "65532:65532");
    await using root = await makeRoot("empty");
    await buildah.export(IMAGE, root.path);
    await using bundle = await makeBundle({
      root: root.path,
      args: [...Entrypoint, "--version"],
    });
    const { code, stdout, stderr } = await bundle.run();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^cloudtaser-wrapper /);
  },
);

/** What the build downloads is here already: the test then needs no registry. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
