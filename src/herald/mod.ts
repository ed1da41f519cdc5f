/** Door of the room that answers: how does Kubernetes hear of the score? */
export { announce, type Announcement, type Outcome } from "./announce.ts";
