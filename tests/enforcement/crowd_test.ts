/**
 * A family that is full: its next process is not made, rather than made and
 * not protected; and there is room again when the others have ended.
 */
import { equal } from "node:assert/strict";
import { getKernel } from "../../tools/vm/kernels.ts";
import { Machine } from "../../tools/vm/machine.ts";
import { makeRootImage } from "../../tools/vm/root.ts";
import { WRAPPER } from "../support/wrapper.ts";
import { SOCKET, waitFor } from "./guest.ts";
import { buildProgram } from "./programs.ts";

/** CT_FAMILY_CAP of c/bpf/state.h, without who registered. */
const MOST = 16_384 - 1;
/** The kernel's own limit of processes follows from it. */
const MEMORY_MIB = 6144;
const CROWD_MS = 240_000;
const STATUS = "http://127.0.0.1:8198/v1/status";

Deno.test("the process that finds its family full is not made", async () => {
  const kernel = await getKernel("debian-6.12");
  const root = await Deno.makeTempFile({ suffix: ".cpio" });
  try {
    const files = {
      "/bin/cloudtaser-wrapper": WRAPPER,
      "/bin/tricks": await buildProgram("tricks"),
    };
    await makeRootImage(root, { kernel, files });
    await using machine = await Machine.start({
      kernel,
      root,
      memory: MEMORY_MIB,
    });
    const { code, output } = await machine.run(
      `cloudtaser-wrapper agent --listen=127.0.0.1:8198 >/tmp/log 2>&1 &
      ${waitFor(`[ -S ${SOCKET} ]`)}
      tricks crowd ${SOCKET}
      ${waitFor(`wget -qO- ${STATUS} | grep -q '"members": 0'`)}
      wget -qO- ${STATUS} | grep '"members"'`,
      CROWD_MS,
    );
    equal(code, 0, output);
    equal(
      output.replaceAll(/[ ,]+"?/g, " ").trim(),
      `${MOST} EAGAIN\none more\n members": 0`,
    );
  } finally {
    await Deno.remove(root);
  }
});
