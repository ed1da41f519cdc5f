/** Room probe: what can be proven here? The door. */
export {
  AgentLink,
  type AgentLinkOptions,
  type AgentState,
} from "./agent_link.ts";
export type { AgentHello, AgentTrial } from "./agent_protocol.ts";
export { readFacts } from "./facts.ts";
export type { AttackResult, Host, ProofKernel } from "./host.ts";
export { attackOurselves, openProofKernel } from "./native.ts";
export { prepareProofs, type ProofTimer, proveAll } from "./prove.ts";
export type {
  ProofSubject,
  ProvenAgent,
  ProvenArena,
  TokenStory,
} from "./subject.ts";
