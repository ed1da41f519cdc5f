/** Room probe: what can be proven here? The door. */
export { AgentLink, type AgentState } from "./agent_link.ts";
export { refuseAgentOwner } from "./agent_owner.ts";
export { readFacts } from "./facts.ts";
export { openHost } from "./host.ts";
export { findInterference } from "./interference.ts";
export { prepareProofs, proveAll } from "./prove.ts";
export type {
  CredentialFile,
  ProofSubject,
  ProvenAgent,
  TokenStory,
} from "./subject.ts";
