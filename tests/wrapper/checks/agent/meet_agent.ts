/** Runs the two checks about the agent against a fake agent on a real socket. */
import { AgentLink } from "@/wrapper/checks/agent/link.ts";
import {
  proveAgent,
  proveSynchronous,
} from "@/wrapper/checks/proofs/agent_proofs.ts";
import type { Host } from "@/wrapper/checks/machine/host.ts";
import {
  FakeAgent,
  type FakeAgentOptions,
  FakeWorld,
  type Message,
  type Twist,
} from "./fake_agent.ts";
import { findInterference } from "@/wrapper/checks/agent/interference.ts";
import {
  makeHost,
  makeProcHost,
  makeRound,
  makeSubject,
} from "../fake_machine.ts";

/** Our pid in the fake agent's answers. */
export const PID = 1;

/** State with reason or detail of both checks. */
export interface Verdicts {
  readonly connected: string;
  readonly synchronous: string;
}

/** One round of both checks over a link. */
export async function judge(link: AgentLink, host?: Host): Promise<Verdicts> {
  const round = makeRound({
    subject: makeSubject({ agent: link }),
    host: host ?? makeProcHost("6.18-vm"),
  });
  const [connected, synchronous] = [
    await proveAgent(round),
    await proveSynchronous(round),
  ].map(({ state, reason, detail }) => `${state}: ${reason}${detail}`);
  return { connected: connected ?? "", synchronous: synchronous ?? "" };
}

/** Runs a round with a new agent and a new link. */
export async function meet(
  options: Partial<FakeAgentOptions> & { world?: FakeWorld } = {},
): Promise<Verdicts> {
  const world = options.world ?? new FakeWorld();
  await using agent = new FakeAgent({ pid: PID, ...options, world });
  const link = makeLink(agent.path, world);
  try {
    return await judge(link);
  } finally {
    link.close();
  }
}

/** Changes fields of the answers to one kind of request. */
export function onOp(op: string, change: (answer: Message) => Message): Twist {
  return (answer) =>
    answer.op === op ? { ...answer, ...change(answer) } : answer;
}

/** A link to the agent at `socket`, whose attacks happen in `world`. */
export function makeLink(socket: string, world: FakeWorld): AgentLink {
  return new AgentLink({
    socket,
    pid: PID,
    refuseOwner: () => undefined,
    attack: (ways, onDecoy) => world.attack(ways, onDecoy),
    findInterference: (record) =>
      findInterference(record, makeHost({ "/proc/77/comm": "liar\n" })),
  });
}
