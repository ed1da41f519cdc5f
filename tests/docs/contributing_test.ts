/** The commands of CONTRIBUTING.md, and those with which AGENT.md and PLATFORMS.md look at a node. */
import { match } from "node:assert/strict";
import { ensurePackages } from "../../tools/packages.ts";
import { PageShell } from "../support/pages/shell.ts";
import { testAsRoot } from "../support/roles.ts";
import { WRAPPER } from "../support/wrapper.ts";

const PAGE = "CONTRIBUTING.md";
const PROGRAMS = { deno: Deno.execPath(), "cloudtaser-wrapper": WRAPPER };

/** 0 where a backend blocks attacks before they happen; command_test.ts verifies it. */
function codeOfCheck(): number {
  return new Deno.Command(WRAPPER, { args: ["agent", "--check"] })
    .outputSync().code;
}

Deno.test(`${PAGE}: gdb and strace show the real stub`, async () => {
  await ensurePackages(["gdb", "strace"]);
  await using shell = await PageShell.open();
  const said = await shell.run(PAGE, "gdb -ex starti");
  match(said, /Program stopped\./);
  match(said, /memfd_create\(/);
  match(said, /^cloudtaser-wrapper \d/m);
});

testAsRoot(`${PAGE}: a BPF program on this kernel and on another`, async () => {
  await using shell = await PageShell.open({ programs: PROGRAMS });
  const codes = { "dist/cloudtaser-wrapper agent --check": codeOfCheck() };
  const said = await shell.run(PAGE, "dist/cloudtaser-wrapper agent --check", {
    codes,
  });
  match(said, /^ptrace_attach +refused/m);
  match(said, /^agent_socket +open/m);
});

Deno.test(`${PAGE}: each check with its evidence`, async () => {
  await using shell = await PageShell.open({ programs: PROGRAMS });
  const said = await shell.run(PAGE, "dist/cloudtaser-wrapper check ");
  match(said, /^Protection Score: \d+\/75$/m);
  match(said, /^ {2}"agent": \{$/m);
  match(said, /^ok \| \d+ passed \| 0 failed/m);
});

testAsRoot("AGENT.md, PLATFORMS.md: what a node can do", async () => {
  await using shell = await PageShell.open({ programs: PROGRAMS });
  const codes = { "cloudtaser-wrapper agent --check": codeOfCheck() };
  match(
    await shell.run("docs/AGENT.md", "cloudtaser-wrapper agent --check", {
      codes,
    }),
    /^ptrace_attach /m,
  );
  const said = await shell.run(
    "docs/PLATFORMS.md",
    "cloudtaser-wrapper check ",
    { codes },
  );
  match(said, /^Protection Score: \d+\/75$[^]*^ptrace_attach /m);
});
