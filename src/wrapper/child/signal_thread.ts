/**
 * Deno starts a thread for signals 500 ms after its own start, and panics when
 * there is none to be had. An application that has used up its limit of
 * processes by then would end PID 1. So the thread is started before it.
 * No signal is ever taken there: all are blocked, and C waits for them.
 */
export function startSignalThread(): void {
  const ignore = () => {};
  Deno.addSignalListener("SIGUSR2", ignore);
  Deno.removeSignalListener("SIGUSR2", ignore);
}
