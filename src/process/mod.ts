/** Door of the room that answers: how are processes started, waited for and signalled? */
export { Children, type Ending, type ReceivedSignal } from "./children.ts";
export {
  parseSignal,
  SIGINT,
  SIGKILL,
  signalName,
  SIGQUIT,
  SIGTERM,
} from "./signals.ts";
