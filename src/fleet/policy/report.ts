/** The report on all namespaces, with its exit code. */
import { FleetError, STATUS_EXIT } from "@/fleet/command/errors.ts";
import type { Controls } from "@/fleet/kubernetes/pages.ts";
import type { Session } from "@/fleet/kubernetes/session.ts";
import { PARAMETERS_NAME } from "@/policy/rules/names.ts";
import { isReported, Judge, type JudgedPod, type RuleEngine } from "./judge.ts";
import { listSubjects, readParameters } from "./namespaces.ts";

/** One namespace. */
export interface JudgedNamespace {
  readonly namespace: string;
  /** Why every new pod of it is refused. */
  readonly problems: readonly string[];
  /** Number of pods that have not ended. */
  readonly pods: number;
  /** Those with findings, by workload and name. */
  readonly reported: readonly JudgedPod[];
  /** Why there is no result. */
  readonly error: string | undefined;
}

/** Everything that the output shows. */
export interface PolicyReport {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly place: string;
  /** New pods are injected. */
  readonly injects: boolean;
  readonly namespaces: readonly JudgedNamespace[];
  readonly code: number;
}

/** By what to judge. */
interface JudgeOptions extends Controls, Pick<PolicyReport, "injects"> {
  readonly engine: RuleEngine;
}

/** Collects the report of these namespaces. @throws the signal's reason */
export async function judgeNamespaces(
  session: Session,
  names: readonly string[],
  options: JudgeOptions & Pick<PolicyReport, "place">,
): Promise<PolicyReport> {
  const { place, injects } = options;
  const namespaces: JudgedNamespace[] = [];
  for (const name of names) {
    options.signal.throwIfAborted();
    namespaces.push(await judgeNamespace(session, name, options));
  }
  const code = exitCode(namespaces);
  return { at: Date.now(), place, injects, namespaces, code };
}

async function judgeNamespace(
  session: Session,
  namespace: string,
  options: JudgeOptions,
): Promise<JudgedNamespace> {
  const none = { namespace, problems: [], reported: [], error: undefined };
  try {
    const { signal, injects, engine } = options;
    const parameters = await readParameters(session, namespace, signal);
    const subjects = await listSubjects(session, namespace, options);
    const pods = subjects.length;
    const problems = parameters === undefined
      ? ["it does not exist: create it"]
      : engine.parameterProblems(parameters);
    if (parameters === undefined || problems.length > 0) {
      const named = problems.map((one) =>
        `ConfigMap ${PARAMETERS_NAME}: ${one}`
      );
      return { ...none, pods, problems: named };
    }
    const judge = new Judge({ engine, parameters, injects });
    const reported: JudgedPod[] = [];
    for (const [index, subject] of subjects.entries()) {
      // Lets a signal end it.
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      if (index % 50 === 49) options.progress(`${index + 1} pods judged`);
      const judged = judge.judge(subject);
      if (isReported(judged)) reported.push(judged);
    }
    return { ...none, pods, reported: reported.sort(compare) };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { ...none, pods: 0, error: error.message };
  }
}

/** What is known weighs more than what is not. */
function exitCode(namespaces: readonly JudgedNamespace[]): number {
  const pods = namespaces.flatMap(({ reported }) => reported);
  const isFound = namespaces.some(({ problems }) => problems.length > 0) ||
    pods.some(({ error }) => error === undefined);
  if (isFound) return STATUS_EXIT.below;
  const isUnknown = namespaces.length === 0 || pods.length > 0 ||
    namespaces.some(({ error }) => error !== undefined);
  return isUnknown ? STATUS_EXIT.unknown : STATUS_EXIT.good;
}

function compare(a: JudgedPod, b: JudgedPod): number {
  return compareText(a.workload, b.workload) || compareText(a.pod, b.pod);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
