/**
 * Everything that the demo starts: Vault, the wrapper with its application, the
 * same application without a wrapper, and the attacker. Owns a temporary
 * directory and the processes, and removes all of them.
 */
import {
  type Loot,
  type Method,
  searchMeanwhile,
} from "../../tests/attacks/search.ts";
import { compileProgram } from "../../tests/support/programs.ts";
import { Wrapper } from "../../tests/support/wrapper.ts";
import { COMMON, make, RELEASE } from "../build/c.ts";
import { freePort } from "../free_port.ts";
import { sleep, until } from "../until.ts";
import { openVault, type Vault } from "./vault.ts";

const APPLICATION = new URL("application.c", import.meta.url).pathname;
const START_LIMIT_MS = 20_000;
const WHOLE_LIMIT_MS = 120_000;
/** As the wrapper's own search has it. */
const SHORTEST = 12;
const STOP_LIMIT_MS = 5_000;
const LOG_LIMIT_MS = 2_000;

/** Whether this process is root, so that namespaces and all attacks are possible. */
export function isRoot(): boolean {
  return Deno.uid() === 0;
}

/** One performance; `close` takes everything away. */
export class Stage {
  readonly #dir: string;
  #vault: Vault | undefined;
  #wrapper: Wrapper | undefined;
  #control: Deno.ChildProcess | undefined;
  #secrets: readonly string[] = [];

  constructor() {
    this.#dir = Deno.makeTempDirSync({ prefix: "ct-demo-" });
  }

  /** Compiles the C programs. */
  async build(): Promise<void> {
    await Deno.mkdir(`${this.#dir}/work`);
    compileProgram("search");
    const target = `${this.#dir}/application`;
    await make(target, [...COMMON, ...RELEASE, APPLICATION]);
  }

  /** Starts Vault and both applications, and waits until each has its secret. */
  async start(): Promise<void> {
    this.#vault = await openVault(this.#dir);
    this.#wrapper = new Wrapper({
      args: ["--", `${this.#dir}/application`],
      env: { PATH: "/usr/bin:/bin", ...this.#vault.environment },
      cwd: `${this.#dir}/work`,
      pidNamespace: isRoot(),
      timeoutMs: WHOLE_LIMIT_MS,
    }, `127.0.0.1:${freePort()}`);
    await waitForApplication(this.#wrapper);
    const found = this.#wrapper.applicationEnvironment().get("DB_PASSWORD") ??
      "";
    if (found.length < SHORTEST) {
      throw new Error(
        `The secret is shorter than ${SHORTEST} characters: memory contains such a text by chance`,
      );
    }
    this.#secrets = [found, this.#vault.token].filter((secret) =>
      secret.length >= SHORTEST
    );
    this.#control = this.#startControl(found, this.#vault.token);
    const reader = this.#control.stdout.getReader();
    await reader.read();
    reader.releaseLock();
  }

  get wrapper(): Wrapper {
    return present(this.#wrapper);
  }

  /** The same application with the same secrets in its environment, without a wrapper. */
  get control(): Deno.ChildProcess {
    return present(this.#control);
  }

  get vaultAddress(): string {
    return present(this.#vault).description;
  }

  /** The lines of the specification, as the wrapper logged them. */
  get scoreLines(): string[] {
    return this.wrapper.stderr.text.split("\n").filter((line) =>
      /\] (Protection score|\w+: (OK|FAIL)) ?/.test(line)
    );
  }

  get hasSecretMemory(): boolean {
    return this.scoreLines.some((line) => /memfd_secret: OK/.test(line));
  }

  /** Runs the attacker once. */
  steal(method: Method, pid: number): Promise<Loot> {
    return searchMeanwhile(method, pid, this.#secrets);
  }

  /** Copies of each secret in what the wrapper's stderr brought after `from`, once `bytes` have come. */
  async countInLog(from: number, bytes: number): Promise<number[]> {
    const { stderr } = this.wrapper;
    await until(LOG_LIMIT_MS, () => stderr.bytes.length >= from + bytes, 10);
    const text = new TextDecoder("latin1").decode(stderr.bytes.subarray(from));
    return this.#secrets.map((secret) => text.split(secret).length - 1);
  }

  /** Stops and removes everything. */
  async close(): Promise<void> {
    const steps = [
      // Outside of a PID namespace the application would outlive a wrapper that is killed.
      async () => {
        await withLimit(this.#wrapper?.stop(), STOP_LIMIT_MS);
        await withLimit(this.#wrapper?.[Symbol.asyncDispose](), STOP_LIMIT_MS);
      },
      async () => {
        killQuietly(this.#control);
        await this.#control?.stdout.cancel();
        await this.#control?.status;
      },
      async () => await this.#vault?.close(),
      async () => await Deno.remove(this.#dir, { recursive: true }),
    ];
    for (const each of steps) await each().catch(() => {});
  }

  /** For a signal that ends the demo: no waiting. The wrapper ends its application. */
  closeAtOnce(): void {
    killQuietly(this.#control);
    this.#wrapper?.stop().catch(() => {});
    this.#vault?.close().catch(() => {});
    Deno.removeSync(this.#dir, { recursive: true });
  }

  #startControl(password: string, token: string): Deno.ChildProcess {
    return new Deno.Command(`${this.#dir}/application`, {
      clearEnv: true,
      env: { DB_PASSWORD: password, VAULT_TOKEN: token },
      cwd: `${this.#dir}/work`,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("the stage is not started");
  return value;
}

async function waitForApplication(wrapper: Wrapper): Promise<void> {
  const limit = { limitMs: START_LIMIT_MS };
  try {
    await wrapper.waitForOutput(/connected.*\n/, limit);
  } catch {
    const said = wrapper.stderr.text.trim();
    throw new Error(`The application was not started:\n${said}`);
  }
}

async function withLimit(
  work: Promise<unknown> | undefined,
  limitMs: number,
): Promise<void> {
  await Promise.race([work?.catch(() => {}), sleep(limitMs)]);
}

function killQuietly(process: Deno.ChildProcess | undefined): void {
  try {
    process?.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}
