/** debootstrap, as the tests call it, takes no archive that the keyring does not cover. */
import assert from "node:assert/strict";
import { ensurePackages } from "../../tools/packages.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { bootstrapDebian } from "../support/containers/buildah.ts";
import { testAsRoot } from "../support/roles.ts";
import { INDEX, RELEASE, SignedArchive } from "./signed_archive.ts";
import { withOneByteChanged } from "./swap.ts";

const PACKAGES = ["debootstrap", "gpg", "gpg-agent", "gpgv", "xz-utils"];

testAsRoot(
  "debootstrap refuses one byte of an archive changed, and the signature of another key",
  async () => {
    await ensurePackages(PACKAGES);
    await using served = await SignedArchive.make();
    const keyring = await served.archive.keyring!();
    const mirror = served.archive.url;
    const bootstrap = async (options = { keyring, mirror }) => {
      await using folder = await TemporaryFolder.make("debootstrap");
      await bootstrapDebian(`${folder.path}/root`, "trixie", ["tool"], options);
    };
    // It accepts the signature, and goes on to packages that a small archive does not have, in any order.
    await assert.rejects(
      bootstrap(),
      /Valid Release signature[^]*these debs: (?:apt tool|tool apt)$/m,
    );

    const index = served.files.get(INDEX)!;
    served.files.set(INDEX, withOneByteChanged(index));
    await assert.rejects(bootstrap(), /Couldn't download \S+Packages/);

    served.files.set(INDEX, index);
    const release = served.files.get(RELEASE)!;
    served.files.set(RELEASE, withOneByteChanged(release, 60));
    await assert.rejects(bootstrap(), /Invalid Release signature/);

    await served.sign({}, "evil");
    await assert.rejects(bootstrap(), /Release signed by unknown key/);
  },
);
