/** An application that has used up the limit of processes: the wrapper needs none, and outlives it. */
import assert from "node:assert/strict";
import { testAsRoot } from "../../support/roles.ts";
import { compileProgram } from "../../support/programs.ts";
import { WRAPPER } from "../../support/wrapper.ts";

/** The processes of this user are counted, so no other may run as it. */
const UID = 47_119;

testAsRoot(
  "an application may use up the limit of processes from its start",
  async () => {
    const { code, stderr } = await new Deno.Command("prlimit", {
      args: ["--nproc=60", WRAPPER, compileProgram("app"), "bomb", "2500"],
      uid: UID,
      clearEnv: true,
      env: { CLOUDTASER_LISTEN: "off", CLOUDTASER_SCORE_INTERVAL: "700ms" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.equal(code, 9, text);
    assert.doesNotMatch(text, /Deno/);
  },
);
