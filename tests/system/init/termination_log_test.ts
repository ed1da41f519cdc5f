/** /dev/termination-log of a container, made by the kubelet. */
import assert from "node:assert/strict";
import { testAsRoot } from "../../support/roles.ts";
import { runShell } from "../../support/shell.ts";

/** Runs `words` where the file exists; prints exit status and file. */
function runWithFile(words: string) {
  const script = `exec unshare -m sh -c 'mount -t tmpfs none /dev
    mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/urandom c 1 9
    echo nothing >/dev/termination-log
    "$W" ${words} </dev/null; echo "status $?"; cat /dev/termination-log'`;
  return runShell(script);
}

for (
  const [title, words, code, says] of [
    [
      "a low score",
      "--min-protection-score=75 -- /bin/true",
      77,
      "The application is not started: .*CLOUDTASER_MIN_PROTECTION_SCORE=75; failed: .*kprobes_active \\(.+\\)",
    ],
    ["a program that is missing", "/missing", 127, "Cannot start .*/missing.*"],
    ["a wrong setting", "--log-level=x -- /bin/true", 78, ".*LOG_LEVEL.*"],
    ["a wrong flag", "--bogus -- /bin/true", 64, "unknown flag --bogus: .*"],
    [
      "the agent's wrong setting",
      "agent --mode=on",
      78,
      "CLOUDTASER_AGENT_MODE is .*",
    ],
    ["the agent's wrong flag", "agent --bogus", 64, "unknown flag --bogus: .*"],
    ["the agent's wrong word", "agent foo", 64, "agent accepts only flags.*"],
    [
      "the agent's failure",
      "agent --socket=/nowhere/at/all.sock --pins=none",
      71,
      ".+",
    ],
  ] as const
) {
  testAsRoot(`${title} is in the termination log, with its code`, async () => {
    const { stdout, stderr } = await runWithFile(words);
    const text = `${says} \\(exit code ${code} of cloudtaser-wrapper\\)`;
    assert.match(stdout, new RegExp(`^status ${code}\n${text}\n$`));
    assert.match(stderr, new RegExp(`error: ${says} exit_code=${code}\n$`));
  });
}

for (
  const [title, words, code] of [
    ["an application's own 77", '/bin/sh -c "exit 77"', 77],
    ["`check`, which a person runs", "check --min-protection-score=75", 77],
    ["the agent's --remove, run by hand,", "agent --remove --pins=/n/p", 71],
  ] as const
) {
  testAsRoot(`${title} leaves the termination log alone`, async () => {
    const { stdout } = await runWithFile(words);
    assert.ok(stdout.endsWith(`status ${code}\nnothing\n`), stdout);
  });
}
