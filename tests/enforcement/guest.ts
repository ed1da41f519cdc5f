/**
 * A machine with the compiled binary, the attacks and their victim in it, and
 * a real OpenBao outside. It judges nothing.
 */
import { buildEnforcer } from "../../tools/build/enforcer.ts";
import { HOST } from "../../tools/build/target.ts";
import { getDebuggers } from "../../tools/vm/debuggers.ts";
import { bootMachine } from "../../tools/vm/boot.ts";
import type { CommandResult, Machine } from "../../tools/vm/machine.ts";
import { buildAttackFiles } from "../attacks/build.ts";
import { wrapperFor } from "../support/wrapper.ts";
import { GuestVault } from "./guest_vault.ts";
import {
  type Boot,
  FIRST_CHILD,
  type GuestWrapper,
  type Victim,
  waitFor,
  type WrapperOptions,
} from "./guest_words.ts";

export { type Boot, type GuestWrapper, type Victim, waitFor };

/** Where wrappers find the agent. */
export const SOCKET = "/run/cloudtaser/agent.sock";
/** The pins that outlive the agent. */
export const PINS = "/sys/fs/bpf/cloudtaser";
/** A variable of the wrapper's own environment, which is no secret and easy to find. */
export const MARK = "CT_MARK";
/** Another, for what attackers write. */
export const SCRATCH = "CT_SCRATCH";
/** Attacks search all of it. */
const MEMORY_MIB = 1024;
const STATUS = "http://127.0.0.1:8198/v1/status";
const IS_READY =
  `{ [ -S ${SOCKET} ] && wget -qO- ${STATUS} | grep -q '"enforcer": {'; }`;
const AGENT_GROUP = "/sys/fs/cgroup/agent";
const AGENT_LOG = "/tmp/agent.log";
/** Room for the secret on the victim's command line. */
const ROOM = "x".repeat(64);

/** A booted machine; `await using`. */
export class Guest implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #ownsVault: boolean;
  /** Names of the same length: what stands in an environment moves its end. */
  #victims = 100;

  private constructor(
    machine: Machine,
    readonly vault: GuestVault,
    ownsVault: boolean,
  ) {
    this.#machine = machine;
    this.#ownsVault = ownsVault;
  }

  /** A vault that is given is not stopped with the machine. */
  static async boot(boot: Boot, shared?: GuestVault): Promise<Guest> {
    const vault = shared ?? await GuestVault.start();
    const { arch = HOST } = boot;
    try {
      const files = {
        "/bin/cloudtaser-wrapper": wrapperFor(arch),
        ...await buildAttackFiles(arch),
        "/bin/enforcer": await buildEnforcer(arch),
        "/etc/ca.pem": vault.caFile,
        ...(boot.debuggers ? await getDebuggers(arch) : {}),
      };
      const { kernel, parameters = [], memory = MEMORY_MIB } = boot;
      const options = { kernel, arch, files, parameters, memory };
      const machine = await bootMachine(options);
      const guest = new Guest(machine, vault, shared === undefined);
      // The wrapper's addresses are learnt from an unprotected one.
      await guest.do("echo 0 >/proc/sys/kernel/randomize_va_space");
      return guest;
    } catch (error) {
      if (!shared) await vault[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a shell command. @throws Error when it fails */
  async do(command: string, limitMs?: number): Promise<string> {
    const { code, output } = await this.try(command, limitMs);
    if (code === 0) return output;
    const logs = `for f in ${AGENT_LOG} /tmp/wrapper*.log; do
      echo "== $f"; tail -n 15 "$f"; done`;
    const said = (await this.try(logs)).output;
    throw new Error(`${command}: exit ${code}\n${output}\n${said}`);
  }

  /** Runs a shell command and says how it ended. */
  try(command: string, limitMs?: number): Promise<CommandResult> {
    return this.#machine.run(command, limitMs);
  }

  /** Starts the agent in a cgroup of its own and waits until wrappers can connect. */
  async startAgent(...options: readonly string[]): Promise<void> {
    await this.do(`mkdir -p ${AGENT_GROUP}
      rm -f ${SOCKET}
      sh -c 'echo $$ >${AGENT_GROUP}/cgroup.procs
        exec cloudtaser-wrapper agent --listen=127.0.0.1:8198 ${
      options.join(" ")
    }' </dev/null >${AGENT_LOG} 2>&1 &
      echo $! >/tmp/agent.pid
      ${waitFor(`${IS_READY} || ! [ -d /proc/$! ]`)}
      ${IS_READY}`);
  }

  /** The agent's status page. */
  // deno-lint-ignore no-explicit-any -- JSON of the product, asserted on
  async agentStatus(): Promise<any> {
    return JSON.parse(await this.do(`wget -qO- ${STATUS}`));
  }

  /** Whether the agent registers processes. */
  async canRegister(): Promise<boolean> {
    try {
      const { pid } = await this.startVictim(`--agent=${SOCKET}`);
      await this.end(pid);
      return true;
    } catch {
      return false;
    }
  }

  /** Numbers of the agent and of its enforcer; undefined when one is gone. */
  async agentPids(): Promise<[agent: number, enforcer: number] | undefined> {
    const { code, output } = await this.try(`agent=$(cat /tmp/agent.pid)
      [ -d /proc/$agent ] && echo $agent $(pidof ct-enforcer)`);
    const [agent = 0, enforcer = 0] = output.trim().split(" ").map(Number);
    return code === 0 && enforcer ? [agent, enforcer] : undefined;
  }

  /** Ends the agent as a crash would, and its enforcer with it; what is pinned stays. */
  async killAgent(): Promise<void> {
    await this.#endAgent(`echo 1 >${AGENT_GROUP}/cgroup.kill; kill -9 $agent`);
  }

  /** Ends it as a service manager would, which the lock allows. */
  async stopAgent(): Promise<void> {
    await this.#endAgent("kill -TERM $agent");
  }

  /** In any cgroup; an enforcer ends with its agent. */
  async awaitNoAgent(): Promise<void> {
    await this.#endAgent("true");
  }

  async #endAgent(command: string): Promise<void> {
    const isOver = "! [ -d /proc/$agent ] && ! pidof ct-enforcer >/dev/null";
    const { code } = await this.try(`agent=$(cat /tmp/agent.pid)
      ${command}
      ${waitFor(`{ ${isOver}; }`)}
      ${isOver}`);
    if (code !== 0) throw new Error("the agent does not end");
  }

  /** The agent's log, once it contains a text. */
  async awaitLog(text: string): Promise<string> {
    const log = await this.do(`${waitFor(`grep -qF '${text}' ${AGENT_LOG}`)}
      cat ${AGENT_LOG}`);
    if (!log.includes(text)) throw new Error(`no line with ${text}:\n${log}`);
    return log;
  }

  /** Removes everything that the agent left. */
  async removeAgent(): Promise<void> {
    await this.killAgent();
    // An attack may have taken all of it away already.
    await this.do(`[ ! -d ${PINS} ] || cloudtaser-wrapper agent --remove`);
  }

  /** Starts the wrapper with a victim under it, with more variables: `NAME=value`. */
  async startWrapper(
    { isPidOne = false, variables = [] }: WrapperOptions = {},
  ): Promise<GuestWrapper> {
    const { secret, address, token, path } = this.vault;
    const n = ++this.#victims;
    const [facts, log] = [`/tmp/facts${n}`, `/tmp/wrapper${n}.log`];
    const output = await this.do(`
      export VAULT_ADDR=${address} VAULT_CACERT=/etc/ca.pem VAULT_TOKEN=${token}
      export CLOUDTASER_LISTEN=off DB_PASSWORD=vault:${path}#password
      export ${MARK}=${secret.replace("ct-", "mk-")} ${SCRATCH}=${ROOM} ${
      variables.join(" ")
    }
      rm -f ${facts}
      ${isPidOne ? "unshare -pf --mount-proc" : ""} cloudtaser-wrapper -- \
        victim --secret=DB_PASSWORD --keep --out=${facts} \
        --code=${facts}.code ${ROOM} \
        </dev/null >${log} 2>&1 &
      wrapper=$!
      ${waitFor(`[ -f ${facts} ] || ! [ -d /proc/$wrapper ]`)}
      [ -f ${facts} ] || exit 1
      ${isPidOne ? FIRST_CHILD : ""}
      for pid in $(pidof victim); do
        grep -q "^PPid:.$wrapper$" /proc/$pid/status && echo $wrapper $pid
      done; true`);
    const [pid = 0, application = 0] = output.trim().split(" ").map(Number);
    if (!application) throw new Error(`No application: "${output}"`);
    return { pid, application: { pid: application, facts }, log };
  }

  /** Starts a victim without a wrapper. */
  async startVictim(...options: readonly string[]): Promise<Victim> {
    const [victim] = await this.startVictims(1, ...options);
    return victim!;
  }

  /** Starts several at once. */
  async startVictims(
    count: number,
    ...options: readonly string[]
  ): Promise<Victim[]> {
    const facts = Array.from(
      { length: count },
      () => `/tmp/facts${++this.#victims}`,
    );
    const starts = facts.map((path) =>
      `rm -f ${path}
      victim --secret=CT_SECRET --keep --out=${path} --code=${path}.code \
        ${options.join(" ")} ${ROOM} </dev/null >${path}.log 2>&1 &
      pids="$pids $!"`
    );
    const output = await this.do(`export CT_SECRET=${this.vault.secret}
      ${starts.join("\n")}
      set -- $pids
      for facts in ${facts.join(" ")}; do
        ${waitFor("[ -f $facts ] || ! [ -d /proc/$1 ]")}
        [ -f $facts ] || { cat $facts.log; exit 1; }
        shift
      done
      echo $pids`);
    const pids = output.trim().split(" ").map(Number);
    return facts.map((path, i) => ({ pid: pids[i] ?? 0, facts: path }));
  }

  /** Lets a victim that was started with `--when=trigger` register, and waits until it has. */
  async protect({ facts }: Victim, trigger: string): Promise<void> {
    const isProtected = `grep -q "protected 1" ${facts}`;
    await this.do(`touch ${trigger}
      ${waitFor(isProtected)}
      ${isProtected} || { cat ${facts}.log; exit 1; }`);
  }

  /** Ends processes in any state. */
  async end(...pids: readonly number[]): Promise<void> {
    await this.try(`kill -9 ${pids.join(" ")} 2>/dev/null; sleep 0.05`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine[Symbol.asyncDispose]();
    if (this.#ownsVault) await this.vault[Symbol.asyncDispose]();
  }
}
