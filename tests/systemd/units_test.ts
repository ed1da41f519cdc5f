/**
 * The units and commands of docs/SYSTEMD.md under a real systemd, on a kernel on
 * which the agent can enforce. The address of Vault is the test's own.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { sha256 } from "../../tools/cache.ts";
import { read } from "../docs/page.ts";
import { runElsewhere } from "../support/pages/blocks.ts";
import { testAsRoot } from "../support/roles.ts";
import { type JournalRecord, SystemdHost } from "./systemd_host.ts";

const PAGE = read("docs/SYSTEMD.md");
const AGENT = "cloudtaser-agent";
const SOCKET = "/run/cloudtaser/agent.sock";

const STEPS: readonly [string, (host: SystemdHost) => Promise<void>][] = [
  ["the agent is active when it can protect, not before", startBoth],
  ["the page's commands show both", examineOutput],
  ["the application has its secret, at 75 points", examineApplication],
  ["the journal has the levels", examineLevels],
  ["a crash is followed by a restart", crash],
  ["both stop without failure, and the application gets one TERM", stop],
  ["a wrong setting is not followed by a restart", refuseSettings],
];

testAsRoot("services as docs/SYSTEMD.md shows them", async (test) => {
  await using host = await SystemdHost.boot();
  equal(await host.do("cat /proc/1/comm"), "systemd");
  await writeUnits(host);
  // Each needs the state that the one before leaves.
  for (const [title, step] of STEPS) {
    if (!await test.step(title, () => step(host))) return;
  }
});

/** The blocks whose first line is the path of a unit. */
async function writeUnits(host: SystemdHost): Promise<void> {
  const units = [...PAGE.matchAll(/^```ini\n# (\S+)\n([^]*?)^```$/gm)];
  const paths = units.map(([, path = ""]) => path);
  deepEqual(paths.map((path) => path.split("/").at(-1)), [
    "app.service",
    `${AGENT}.service`,
  ]);
  for (const [, path = "", text = ""] of units) await host.write(path, text);
  await dropIn(host, "app", "vault", [
    `VAULT_ADDR=${host.vault.address}`,
    "VAULT_CACERT=/etc/ca.pem",
  ]);
}

async function dropIn(
  host: SystemdHost,
  unit: string,
  name: string,
  variables: readonly string[],
): Promise<void> {
  const lines = variables.map((one) => `Environment=${one}\n`).join("");
  const path = `/etc/systemd/system/${unit}.service.d/${name}.conf`;
  await host.write(path, `[Service]\n${lines}`);
  await host.do("systemctl daemon-reload");
}

/** The enforcer is stopped while it loads its programs, so that it cannot be ready. */
async function startBoth(host: SystemdHost): Promise<void> {
  await host.write("/root/vault-token", host.vault.token);
  await runElsewhere(
    "docs/SYSTEMD.md",
    "install -D -m 600",
    (lines) => host.write("/root/block.sh", `cd /root\n${lines}`),
  );
  await host.do(`{ sh /root/block.sh; touch /root/done; } \\
    </dev/null >/root/output 2>&1 &`);
  // Not the one of ExecStartPre=.
  await host.await(`{ [ -e /root/done ] ||
    tr '\\0' ' ' </proc/$(pidof ct-enforcer || echo 0)/cmdline | grep -qv -e --export; }`);
  await host.do(`kill -STOP $(pidof ct-enforcer) || cat /root/output
    sleep 1
    [ ! -e /root/done ]`);
  const before = await host.show(AGENT);
  equal(`${before.ActiveState} ${before.SubState}`, "activating start");
  equal(before.StatusText, undefined);
  equal((await host.show("app")).ActiveState, "inactive");
  await host.do(`[ ! -e ${SOCKET} ]
    kill -CONT $(pidof ct-enforcer)
    systemctl start ${AGENT}
    [ -S ${SOCKET} ] && [ -S /run/cloudtaser/export/agent.sock ]`);
  const after = await host.show(AGENT);
  equal(after.ActiveState, "active");
  match(
    after.StatusText ?? "",
    /^Enforcement: [1-9]\d* vectors active \(bpf lsm\)$/,
  );
}

/** What the page's commands print; grep(1) at their end finds no attack. */
async function examineOutput(host: SystemdHost): Promise<void> {
  const output = await host.do(`until [ -e /root/done ]; do sleep 0.1; done
    cat /root/output`);
  match(output, /^Id=cloudtaser-agent\.service$/m);
  match(output, /^StatusText=serving as \d+$/m);
  match(
    output,
    / app\[\d+\]: \[cloudtaser-wrapper\] Protection score: 75\/75$/m,
  );
}

async function examineApplication(host: SystemdHost): Promise<void> {
  const { ActiveState, StatusText = "" } = await host.show("app");
  equal(ActiveState, "active");
  // Its own message, and neither root nor another user of the machine.
  ok(Number(StatusText.replace("serving as ", "")) > 60_000, StatusText);
  const lines = (await host.journal("app")).map(({ MESSAGE }) => MESSAGE);
  ok(lines.includes(`secret ${await sha256(host.vault.secret)}`));
  ok(lines.includes("token file: none"));
  deepEqual(lines.filter((line) => line.includes("FAIL")), []);
}

async function examineLevels(host: SystemdHost): Promise<void> {
  const record = async (unit: string, part: string) =>
    find(await host.journal(unit), part).PRIORITY;
  equal(await record("app", "Protection score: 75/75"), "6");
  equal(await record("app", "secret "), "6");
  await host.do(`! cat /proc/$(pidof app-signals)/environ 2>/dev/null`);
  await host.await(`journalctl -u ${AGENT} -p warning -o cat |
    grep -q 'blocked: /proc/PID/environ on .*(cat)'`);
  equal(await record(AGENT, "Enforcement: "), "6");
  equal(await record(AGENT, "vector=proc_environ"), "4");
}

function find(records: JournalRecord[], part: string): JournalRecord {
  const found = records.findLast(({ MESSAGE }) => MESSAGE.includes(part));
  if (!found) throw new Error(`no record with ${part}`);
  return found;
}

/** SubState would be failed without a restart. */
async function crash(host: SystemdHost): Promise<void> {
  await host.do("kill -KILL $(pidof app-signals)");
  await host.await(
    "[ $(systemctl show app -p SubState --value) = auto-restart ]",
  );
  match((await host.show("app")).Result ?? "", /^exit-code$/);
  equal((await host.show("app")).ExecMainStatus, "137");
  await host.do("systemctl start app");
  const { ActiveState, NRestarts } = await host.show("app");
  equal(`${ActiveState} ${NRestarts}`, "active 1");
}

/** systemd sends CONT after TERM. */
async function stop(host: SystemdHost): Promise<void> {
  await host.do("systemctl stop --no-block app");
  await host.await("journalctl -u app -o cat | grep -qx 'signal 15'");
  await host.do(`sleep 0.5
    kill -USR1 $(pidof app-signals)
    systemctl stop app ${AGENT}`);
  const lines = (await host.journal("app")).map(({ MESSAGE }) => MESSAGE);
  deepEqual(lines.filter((line) => line.startsWith("signal ")), [
    "signal 15",
    "signal 18",
    "signal 10",
  ]);
  const app = await host.show("app");
  equal(app.ActiveState, "inactive");
  equal(`${app.ExecMainStatus} ${app.Result}`, "143 success");
  const agent = await host.show(AGENT);
  equal(`${agent.ActiveState} ${agent.Result}`, "inactive success");
  equal(agent.StatusText, "Stopped by SIGTERM; pinned programs stay in force");
}

/** SubState would be auto-restart. The agent first: the application's unit wants it. */
async function refuseSettings(host: SystemdHost): Promise<void> {
  const wrong = {
    [AGENT]: "CLOUDTASER_AGENT_MODE",
    app: "CLOUDTASER_MIN_PROTECTION_SCORE",
  };
  for (const [unit, variable] of Object.entries(wrong)) {
    const variables = [`${variable}=high`, "CLOUDTASER_LOG_FORMAT=json"];
    await dropIn(host, unit, "wrong", variables);
    equal((await host.try(`systemctl restart ${unit}`)).code, 1);
    const { ActiveState, SubState, ExecMainStatus } = await host.show(unit);
    equal(`${ActiveState} ${SubState} ${ExecMainStatus}`, "failed failed 78");
    const { PRIORITY, MESSAGE } = find(await host.journal(unit), variable);
    equal(PRIORITY, "3");
    equal(JSON.parse(MESSAGE).level, "error");
  }
}
