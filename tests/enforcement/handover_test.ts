/**
 * An application that takes its secrets over on kernels where the agent refuses
 * tracing at once: the wrapper holds it until it has, which is tracing, and
 * that is its right alone.
 */
import { equal, match } from "node:assert/strict";
import { Guest } from "./guest.ts";

/** A dynamic program that says what stands in its environment, with its libraries where its loader looks. */
const ROOT = "/tools/bookworm";
const LINKS = `mkdir -p /lib
  ln -s ${ROOT}/usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu`;
const APPLICATION =
  `${ROOT}/usr/bin/gdb -nx -batch -ex "show environment DB_PASSWORD"`;

for (const kernel of ["debian-6.12", "override"] as const) {
  Deno.test(`${kernel}: the application takes its secrets over, and all but confidential computing is proven`, async () => {
    await using guest = await Guest.boot({ kernel, debuggers: true });
    await guest.startAgent();
    const { secret, address, token, path } = guest.vault;
    const output = await guest.do(`${LINKS}
      export VAULT_ADDR=${address} VAULT_CACERT=/etc/ca.pem VAULT_TOKEN=${token}
      export CLOUDTASER_LISTEN=off DB_PASSWORD=vault:${path}#password
      export CLOUDTASER_INTERPOSE=require CLOUDTASER_SCORE_CHECKS=all
      cloudtaser-wrapper -- ${APPLICATION} </dev/null 2>/tmp/wrapper0.log
      cat /tmp/wrapper0.log`);
    equal(output.split("\n")[0], `DB_PASSWORD = ${secret}`, output);
    match(output, /Protection score: 85\/105$/m);
    match(output, /ld_preload_active: OK \(\+10\)$/m);
    match(output, /kprobes_active: OK \(\+10\)$/m);
    match(output, /confidential_computing: FAIL \(\+0\) \S+/m);
  });
}
