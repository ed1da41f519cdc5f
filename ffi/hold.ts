/**
 * Arenas stay mapped while somebody reads them over a while: on another thread,
 * or in several steps. Whoever closes one meanwhile is not kept waiting; the
 * arena is wiped and unmapped when the last reader has finished.
 */

let holds = 0;
let postponed: (() => void)[] = [];

/** Keeps every arena as it is until the answer is disposed. */
export function holdArenas(): Disposable {
  holds++;
  let isHeld = true;
  return {
    [Symbol.dispose]: () => {
      if (!isHeld) return;
      isHeld = false;
      holds--;
      if (holds > 0) return;
      const due = postponed;
      postponed = [];
      due.forEach((close) => close());
    },
  };
}

/** Closes now, or when nobody holds arenas any more. */
export function whenNotHeld(close: () => void): void {
  if (holds === 0) close();
  else postponed.push(close);
}
