/** What to probe: a cluster, an address or a process; once, or round by round. */
import { findPod, listTargets } from "@/fleet/kubernetes/api.ts";
import type { StatusOptions } from "@/fleet/command/arguments.ts";
import { type Probe, probeAll } from "./probe.ts";
import { chooseAccess } from "@/fleet/kubernetes/choose_access.ts";
import { probeProcess, probeUrl } from "./direct.ts";
import { safeText } from "@/base/text.ts";
import type { Target } from "@/fleet/kubernetes/pod.ts";
import type { Progress } from "@/fleet/command/progress.ts";
import { Session } from "@/fleet/kubernetes/session.ts";

/** What a source needs. */
export interface SourceOptions {
  readonly options: StatusOptions;
  readonly variables: ReadonlyMap<string, string>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A source of probes; `using` closes it. */
export interface Source extends Disposable {
  /** Cluster and namespace, for display. */
  readonly place: string;
  /** One round. @throws FleetError, or the signal's reason */
  probe(): Promise<Probe[]>;
}

/** Opens no connection yet. @throws FleetError for an invalid kubeconfig */
export function openSource(given: SourceOptions): Source {
  const { options: { url, pid }, signal } = given;
  if (url !== undefined) {
    return direct("one wrapper, directly", () => probeUrl(url, signal));
  }
  if (pid !== undefined) {
    return direct(`process ${pid}`, () => probeProcess(pid, signal));
  }
  return new Cluster(given);
}

function direct(place: string, probe: () => Promise<Probe>): Source {
  return {
    place,
    probe: async () => [await probe()],
    [Symbol.dispose]: () => {},
  };
}

class Cluster implements Source {
  readonly place: string;
  readonly #given: SourceOptions;
  readonly #session: Session;
  /** Undefined: all. */
  readonly #namespace: string | undefined;

  constructor(given: SourceOptions) {
    const { options, variables } = given;
    const access = chooseAccess({ ...options, variables });
    this.#given = given;
    this.#session = new Session(access, variables);
    this.#namespace = options.allNamespaces
      ? undefined
      : options.namespace ?? access.namespace;
    this.place = `${safeText(access.name)} (${access.server.host}), ${
      this.#namespace ?? "all namespaces"
    }`;
  }

  async probe(): Promise<Probe[]> {
    await this.#session.refresh(this.#given.signal);
    const targets = await this.#findTargets();
    return await probeAll(this.#session, targets, this.#given);
  }

  async #findTargets(): Promise<Target[]> {
    const { options: { pods }, signal, progress } = this.#given;
    const namespace = this.#namespace;
    if (pods.length === 0 || namespace === undefined) {
      const controls = { signal, progress };
      return await listTargets(this.#session, namespace, controls);
    }
    const found = await Promise.all(
      [...new Set(pods)].map((pod) =>
        findPod(this.#session, { namespace, pod }, signal)
      ),
    );
    return found.flat();
  }

  [Symbol.dispose](): void {
    this.#session.close();
  }
}
