/**
 * The arm64 file on Debian's arm64 kernel: it starts in any image, scores, ends
 * with the exit codes of README.md, passes signals and secrets on, and is
 * protected by its agent.
 */
import assert from "node:assert/strict";
import { Arm64Machine } from "./arm64_machine.ts";

const WITHOUT_AGENT = [
  "memfd_secret +15",
  "mlock +10",
  "madv_dontdump +10",
  "pr_set_dumpable +10",
  "token_protected +10",
  "ebpf_connected +0",
  "kprobes_active +0",
];
const AGENT = "cloudtaser-wrapper agent --listen=127.0.0.1:8198";
/** Waits at most 20 s. */
const UNTIL_READY =
  `n=0; until wget -qO- http://127.0.0.1:8198/readyz >/dev/null 2>&1 || [ $n -ge 200 ]
  do n=$((n + 1)); sleep 0.1; done`;

const QUIET = "CLOUDTASER_LISTEN=off CLOUDTASER_LOG_TIME=off";

/** Arguments of the wrapper, environment, exit code, and the last line. */
const ENDS = [
  ["", "", 64, /No command to run/],
  ["app exit 3", "", 3, /exited with code 3/],
  ["app exit 255", "", 255, /exited with code 255/],
  ["app die 11", "", 139, /killed by SIGSEGV/],
  ["app die 9", "", 137, /killed by SIGKILL/],
  ["/nope", "", 127, /no such file/],
  ["/etc/passwd", "", 126, /not executable|EACCES|ENOEXEC/],
  ["true", "CLOUDTASER_MIN_PROTECTION_SCORE=75", 77, /score 55\/75 is below/],
  ["true", "CLOUDTASER_MIN_PROTECTION_SCOER=75", 78, /did you mean/],
  ["true", "DB=vault:a/b#c", 78, /VAULT_ADDR is not set/],
] as const;

Deno.test("the arm64 file on an arm64 kernel", async (test) => {
  await using machine = await Arm64Machine.boot("debian-6.12");
  const { vault } = machine;

  await test.step("says its version", async () => {
    const { code, output } = await machine.run("cloudtaser-wrapper --version");
    assert.equal(code, 0, output);
    assert.match(output, /^cloudtaser-wrapper \d+\.\d+\.\d+ \(deno /);
  });

  await test.step("needs nothing of the image: 55 points in an empty root", async () => {
    const { code, output } = await machine.run(`mkdir -p /empty/proc
      cp /bin/cloudtaser-wrapper /bin/app /empty && mount -t proc proc /empty/proc
      env -i ${QUIET} chroot /empty /cloudtaser-wrapper /app exit 0`);
    assert.equal(code, 0, output);
    assert.match(output, /Protection score: 55\/75/);
    assert.deepEqual(pointsOf(output), WITHOUT_AGENT);
  });

  await test.step("each end has its exit code", async () => {
    for (const [args, environment, expected, said] of ENDS) {
      const { code, output } = await machine.run(
        `env -i PATH=/bin ${QUIET} ${environment} cloudtaser-wrapper ${args}`,
      );
      assert.equal(code, expected, `${args} ${environment}: ${output}`);
      assert.match(output.trimEnd().split("\n").at(-1) ?? "", said);
    }
  });

  await test.step("as PID 1 it passes signals on and reaps orphans", async () => {
    const { code, output } = await machine.run(`
      env -i PATH=/bin ${QUIET} unshare -pf --mount-proc cloudtaser-wrapper \
        app signals 15 >/tmp/signals 2>&1 &
      unshare=$!
      ${until("grep -q ready /tmp/signals")}
      wrapper=$(cut -d' ' -f1 /proc/$unshare/task/*/children)
      kill -USR1 $wrapper
      ${until("grep -q 'signal 10' /tmp/signals")}
      kill -TERM $wrapper; wait $unshare; code=$?
      cat /tmp/signals; exit $code`);
    assert.equal(code, 40, output);
    assert.match(output, /signal 10\n[^]*signal 15\n/);
  });

  await test.step("the application gets its secret, and the environment that root reads has none", async () => {
    const { code, output } = await machine.run(`
      env -i PATH=/bin ${QUIET} ${machine.vaultEnvironment} cloudtaser-wrapper \
        sh -c 'echo "it is $DB_PASSWORD"; exec sleep 60' >/tmp/secret 2>&1 &
      wrapper=$!
      ${until("grep -q 'it is' /tmp/secret")}
      cat /tmp/secret
      tr '\\0' '\\n' </proc/$wrapper/environ | sed 's/^/environ /'
      kill $wrapper; wait $wrapper`);
    assert.equal(code, 143, output);
    assert.ok(output.includes(`it is ${vault.secret}\n`), output);
    assert.ok(!output.includes(vault.token), "the token stands somewhere");
    assert.match(output, /environ PATH=\/bin/);
  });

  await test.step("with the agent it has 75 points, and root cannot read it", async () => {
    const { code, output } = await machine.run(`
      ${AGENT} </dev/null >/tmp/agent 2>&1 & agent=$!
      ${UNTIL_READY}
      env -i PATH=/bin ${QUIET} ${machine.vaultEnvironment} \
        CLOUDTASER_MIN_PROTECTION_SCORE=75 cloudtaser-wrapper sleep 60 >/tmp/full 2>&1 &
      wrapper=$!
      ${until("grep -q kprobes_active /tmp/full")}
      cat /tmp/agent /tmp/full
      for file in mem environ maps; do
        echo "$file: $(head -c 1 /proc/$wrapper/$file 2>&1 | tail -c 40)"; done
      kill $wrapper; wait $wrapper; code=$?
      kill $agent; wait $agent
      cloudtaser-wrapper agent --remove; exit $code`);
    assert.equal(code, 143, output);
    assert.match(output, /Protection score: 75\/75/);
    for (const file of ["mem", "environ", "maps"]) {
      assert.match(output, new RegExp(`^${file}: .*not permitted$`, "m"));
    }
  });
});

/** The points that each check gives, from the log. */
function pointsOf(log: string): string[] {
  return [...log.matchAll(/\] (\w+): (?:OK|FAIL) \((\+\d+)\)/g)]
    .map(([, name, points]) => `${name} ${points}`);
}

/** Waits at most 20 s, and does not fail after that. */
function until(condition: string): string {
  return `n=0; until ${condition} || [ $n -ge 200 ]; do n=$((n + 1)); sleep 0.1; done`;
}
