/** All plans, two machines at a time: there are two processors where this must be fast enough. */
import { GuestVault } from "../guest_vault.ts";
import type { Plan } from "./plan.ts";
import { play, type Played } from "./play.ts";

const AT_ONCE = 2;

/** What every plan showed, each as soon as it is over; `stop` ends what they share. */
export class Matrix {
  readonly #vault = GuestVault.start();
  readonly #played: readonly Promise<Played>[];

  constructor(plans: readonly Plan[]) {
    const waiting = plans.map((plan) => ({
      plan,
      ...Promise.withResolvers<Played>(),
    }));
    this.#played = waiting.map(({ promise }) => promise);
    const queue = [...waiting];
    for (let i = 0; i < AT_ONCE; i++) void this.#work(queue);
    // A failure is reported where the plan is awaited.
    for (const { promise } of waiting) promise.catch(() => {});
  }

  /** By the position in the plans. */
  played(index: number): Promise<Played> {
    return this.#played[index] ?? Promise.reject(new Error("no such plan"));
  }

  /** All of them. */
  all(): Promise<Played[]> {
    return Promise.all(this.#played);
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#played);
    await (await this.#vault)[Symbol.asyncDispose]();
  }

  async #work(queue: Waiting[]): Promise<void> {
    for (let one = queue.shift(); one; one = queue.shift()) {
      try {
        one.resolve(await play(one.plan, await this.#vault));
      } catch (error) {
        one.reject(error);
      }
    }
  }
}

type Waiting =
  & { readonly plan: Plan }
  & PromiseWithResolvers<Played>;
