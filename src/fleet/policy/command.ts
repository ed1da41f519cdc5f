/** `status --policy`: what the policy would say today to pods that run. */
import { safeText } from "@/base/text.ts";
import type { StatusOptions } from "@/fleet/command/arguments.ts";
import type { OutputStream } from "@/fleet/command/output_stream.ts";
import { chooseAccess } from "@/fleet/kubernetes/choose_access.ts";
import type { Controls } from "@/fleet/kubernetes/pages.ts";
import { Session } from "@/fleet/kubernetes/session.ts";
import { INJECTION_POLICY, NAMESPACE_LABEL } from "@/policy/rules/names.ts";
import type { RuleEngine } from "./judge.ts";
import { injectsPods, isProtected, listProtected } from "./namespaces.ts";
import { renderPolicyJson, renderPolicyText } from "./render.ts";
import { judgeNamespaces } from "./report.ts";

const LABEL = `${NAMESPACE_LABEL.name}=${NAMESPACE_LABEL.value}`;

/** What it runs with. */
export interface PolicyRequest extends Controls {
  readonly options: StatusOptions;
  readonly variables: ReadonlyMap<string, string>;
  readonly stdout: OutputStream;
  readonly loadRules: () => Promise<RuleEngine>;
  /** One line for a person, without a line feed. */
  readonly note: (words: string) => void;
}

/** @returns STATUS_EXIT @throws FleetError, or the signal's reason */
export async function reportPolicy(request: PolicyRequest): Promise<number> {
  const { options, variables, stdout, note, signal } = request;
  const access = chooseAccess({ ...options, variables });
  const session = new Session(access, variables);
  const place = `${safeText(access.name)} (${access.server.host})`;
  try {
    await session.refresh(signal);
    const injects = await injectsPods(session, signal);
    if (injects === undefined) {
      note(
        `cannot see MutatingAdmissionPolicy ${INJECTION_POLICY}: this report assumes that it injects new pods`,
      );
    }
    const names = await chooseNamespaces(session, request);
    if (names.length === 0) {
      note(`no namespace of ${place} has the label ${LABEL}`);
    }
    const report = await judgeNamespaces(session, names, {
      ...request,
      engine: await request.loadRules(),
      place,
      injects: injects ?? true,
    });
    const isJson = options.format === "json";
    stdout.write(isJson ? renderPolicyJson(report) : renderPolicyText(report));
    return report.code;
  } finally {
    session.close();
  }
}

async function chooseNamespaces(
  session: Session,
  { options: { namespace }, note, ...controls }: PolicyRequest,
): Promise<string[]> {
  if (namespace === undefined) return await listProtected(session, controls);
  if (await isProtected(session, namespace, controls.signal) === false) {
    note(
      `namespace ${namespace} does not have the label ${LABEL}: this is what the policy would say there`,
    );
  }
  return [namespace];
}
