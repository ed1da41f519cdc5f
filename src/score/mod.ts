/** Room score: how well are we protected, and may we start? Pure. The door. */
export {
  type Band,
  bandOf,
  makeScore,
  type Score,
  type ScoredCheck,
} from "./score.ts";
export { decideStart, type StartDecision } from "./decide.ts";
