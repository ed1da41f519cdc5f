/** Room probe: what can be proven here? The door. */
export { AgentLink, type AgentState } from "./agent_link.ts";
export { readFacts } from "./facts.ts";
export { attackOurselves } from "./native.ts";
export { prepareProofs, proveAll } from "./prove.ts";
export type { ProofSubject, ProvenAgent, TokenStory } from "./subject.ts";
