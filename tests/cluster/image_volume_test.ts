/** The wrapper from a volume of its image (KEP-4639): no copy, no init container, no change of the application's image. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { mountOptions, processesOf } from "./support/pod_processes.ts";
import { WRAPPER_IMAGE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";
import { WITHOUT_AGENT } from "./support/score_lines.ts";
import { testWithVault } from "./support/test_in_cluster.ts";

const MOUNT = "/cloudtaser";
const WAITING = ".status.containerStatuses[0].state.waiting";

testWithVault(
  "image volume: a restricted pod runs the wrapper from it, with its secret and the right score",
  async ({ vault, test }) => {
    const imageVolume = WRAPPER_IMAGE;
    await using pod = await RunningPod.ready(vault, "volume", { imageVolume });

    await test.step("the score, and the application", async () => {
      const log = await pod.log();
      assert.match(log, WITHOUT_AGENT);
      assert.match(log, /^ready \d+$/m);
    });

    await test.step("the program is the volume's file, which is read-only and not noexec", async () => {
      const [pid = 0] = processesOf(await pod.field(".metadata.uid"));
      const program = `${MOUNT}/cloudtaser-wrapper`;
      assert.equal(Deno.readLinkSync(`/proc/${pid}/exe`), program);
      const options = mountOptions(pid, MOUNT);
      assert.ok(options.includes("ro"), options.join());
      assert.ok(!options.includes("noexec"), options.join());
    });
  },
);

testWithVault(
  "image volume: a pod whose volume's image does not exist does not start, and its status names the image",
  async ({ vault }) => {
    const imageVolume = "localhost/cloudtaser-wrapper:missing";
    const options = { imageVolume };
    await using pod = await RunningPod.create(vault, "missing", options);
    const reason = () => pod.field(`${WAITING}.reason`);
    await eventually(reason, (text) => text === "ErrImageNeverPull", 60_000);
    assert.match(await pod.field(`${WAITING}.message`), /wrapper:missing/);
  },
);
