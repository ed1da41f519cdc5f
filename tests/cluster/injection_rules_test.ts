/** Refusals in words: bare pods, debuggers, other images, exemptions, until the label is gone. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { created, podsReach, wrappedContainers } from "./support/injected.ts";
import { LabelledNamespace } from "./support/labelled.ts";
import { APP_IMAGE, SHELL_IMAGE } from "./support/production.ts";
import { testWithVault } from "./support/test_in_cluster.ts";
import { makePod, SHOP } from "./support/unchanged.ts";

const WHERE = `--namespace=${SHOP}`;
const NO_COMMAND = { command: [], args: [] };
const NOT_WRAPPED = /container app is not started by cloudtaser-wrapper/;

testWithVault(
  "injection: pods that run are not changed behind the policy's back",
  async ({ cluster, vault, test }) => {
    await using shop = await LabelledNamespace.create(vault, { mode: "deny" });
    await using _web = await created(cluster, makePod("web"));
    await podsReach(cluster, "web", "Running");

    await test.step("a bare pod is refused, with how to find its command", async () => {
      const { refusal } = await shop.ask(makePod("bare", NO_COMMAND));
      assert.match(refusal, NOT_WRAPPED);
      assert.match(
        refusal,
        /it has no command.*crane config localhost\/app:1-/,
      );
    });

    for (
      const [profile, finding] of [
        ["restricted", "use kubectl exec instead"],
        ["sysadmin", "container spy has privileged"],
      ] as const
    ) {
      await test.step(`kubectl debug with profile ${profile} is refused`, async () => {
        await using _standard = await shop.withoutPodSecurity();
        const words = ["web", WHERE, "--container=spy", `--profile=${profile}`];
        const image = [`--image=${SHELL_IMAGE}`, "--target=app"];
        const debug = ["debug", ...words, ...image, "--", "/bin/busybox", "sh"];
        const { code, stderr } = await cluster.tryKubectl(debug);
        assert.equal(code, 1);
        assert.match(stderr, /ephemeral container spy is not started by/);
        assert.ok(stderr.includes(finding), stderr);
      });
    }

    await test.step("another image of the application is judged, and accepted", async () => {
      await cluster.kubectl(
        "set",
        "image",
        "pod/web",
        WHERE,
        `app=${APP_IMAGE}`,
      );
    });

    await test.step("another image of the installer is refused", async () => {
      const change = `cloudtaser-install=${APP_IMAGE}`;
      const words = ["set", "image", "pod/web", WHERE, change];
      const { code, stderr } = await cluster.tryKubectl(words);
      assert.equal(code, 1);
      assert.match(stderr, /cloudtaser-install is not the injected one/);
    });

    await test.step("without the label pods are accepted as they are", async () => {
      await shop.unlabel();
      const bare = makePod("bare", NO_COMMAND);
      const { objects: [pod] } = await eventually(
        () => shop.ask(bare),
        ({ refusal }) => refusal === "",
      );
      assert.deepEqual(wrappedContainers(pod), []);
    });
  },
);

testWithVault(
  "injection: an exemption holds for its service account and images only",
  async ({ cluster, vault, test }) => {
    const exemptions =
      "exporter orders localhost/app:*\nother nobody localhost/*";
    const parameters = { mode: "deny", exemptions };
    await using shop = await LabelledNamespace.create(vault, parameters);
    const exempt = (name: string, image = SHELL_IMAGE) =>
      makePod("exempt", { image, env: [] }, {
        annotations: { "cloudtaser.io/exempt": name },
      });

    await test.step("as listed, a pod starts without the wrapper", async () => {
      await using _pod = await created(cluster, exempt("exporter"));
      const [pod] = await podsReach(cluster, "exempt", "Running");
      assert.deepEqual(wrappedContainers(pod!), []);
      assert.equal(pod!.spec?.volumes?.length, 1, "only the account's token");
    });

    for (
      const [what, name, image] of [
        ["another image", "exporter", "localhost/other:1"],
        ["the exemption's name as the image", "exporter", "exporter"],
        ["the account's name as the image", "exporter", "orders"],
        ["another account's exemption", "other", SHELL_IMAGE],
        ["an unknown name", "none", SHELL_IMAGE],
      ] as const
    ) {
      await test.step(`${what} is refused`, async () => {
        const { refusal } = await shop.ask(exempt(name, image));
        assert.match(refusal, /which is not an exemption for service account/);
      });
    }
  },
);
