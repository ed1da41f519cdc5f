/** Door of the room that answers: how does a sealed wrapper get its token? */
export { type Offer, Seal, UNSEAL } from "./seal.ts";
