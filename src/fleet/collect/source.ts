/** Where findings come from: a cluster, an address or a process. Asked once, or round by round. */
import { findPod, listSubjects } from "@/fleet/kubernetes/api.ts";
import type { StatusOptions } from "@/fleet/command/arguments.ts";
import { askAll, type Finding } from "./ask.ts";
import { chooseAccess } from "@/fleet/kubernetes/choose_access.ts";
import { askProcess, askUrl } from "./direct.ts";
import { safeText } from "@/fleet/command/clean.ts";
import type { Subject } from "@/fleet/kubernetes/pod.ts";
import type { Progress } from "@/fleet/command/progress.ts";
import { Session } from "@/fleet/kubernetes/session.ts";

/** How findings are obtained. */
export interface SourceOptions {
  readonly options: StatusOptions;
  readonly variables: ReadonlyMap<string, string>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Something to ask; `using` closes it. */
export interface Source extends Disposable {
  /** For people: whom we ask. */
  readonly place: string;
  /** One round. @throws FleetError, or the signal's reason */
  ask(): Promise<Finding[]>;
}

/** Connects nowhere yet. @throws FleetError for a kubeconfig that cannot be used */
export function openSource(given: SourceOptions): Source {
  const { options: { url, pid }, signal } = given;
  if (url !== undefined) {
    return direct("one wrapper, directly", () => askUrl(url, signal));
  }
  if (pid !== undefined) {
    return direct(`process ${pid}`, () => askProcess(pid, signal));
  }
  return new Cluster(given);
}

function direct(place: string, ask: () => Promise<Finding>): Source {
  return {
    place,
    ask: async () => [await ask()],
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

  async ask(): Promise<Finding[]> {
    await this.#session.refresh(this.#given.signal);
    const subjects = await this.#findSubjects();
    return await askAll(this.#session, subjects, this.#given);
  }

  async #findSubjects(): Promise<Subject[]> {
    const { options: { pods }, signal, progress } = this.#given;
    const namespace = this.#namespace;
    if (pods.length === 0 || namespace === undefined) {
      const watched = { signal, progress };
      return await listSubjects(this.#session, namespace, watched);
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
