/**
 * Metrics, each counter declared next to the code that counts. The metrics page
 * shows every counter that this program has declared.
 */

/** Label names with their values. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** One metric at one moment. The page omits a metric without samples. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly samples: readonly Sample[];
}

const declared: Counter[] = [];

/** A number that only grows, for each combination of labels. */
export class Counter implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = "counter";
  readonly #samples = new Map<string, { labels: Labels; value: number }>();

  /** @param name unique in the program; ends with `_total` */
  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
    declared.push(this);
  }

  /** Adds to one sample. Adding 0 shows it before the first event, so that `rate()` sees that one. */
  add(value: number, labels: Labels = {}): this {
    const key = JSON.stringify(labels);
    const sample = this.#samples.get(key) ?? { labels, value: 0 };
    sample.value += value;
    this.#samples.set(key, sample);
    return this;
  }

  get samples(): readonly Sample[] {
    return [...this.#samples.values()];
  }
}

/** All counters of this program. */
export function listCounters(): readonly Metric[] {
  return declared;
}
