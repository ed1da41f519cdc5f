/** Door of the room that answers: how are processes started, waited for, signalled and spoken to? */
export { Children, type Ending, type ReceivedSignal } from "./children.ts";
export { JsonChannel } from "./json_channel.ts";
export { LineChannel } from "./line_channel.ts";
export {
  parseSignal,
  SIGCHLD,
  SIGINT,
  SIGKILL,
  signalName,
  SIGQUIT,
  SIGRTMIN,
  SIGSTOP,
  SIGTERM,
} from "./signals.ts";
