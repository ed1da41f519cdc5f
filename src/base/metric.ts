/**
 * Metrics, each counter declared next to the code that counts. The metrics page
 * shows every counter and duration that this program has declared.
 */

/** Label names with their values. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
  /** Of a summary, which has two samples. */
  readonly suffix?: "_sum" | "_count";
}

/** One metric at one moment. The page omits a metric without samples. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "summary";
  readonly samples: readonly Sample[];
}

const declared: Metric[] = [];

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

/** How often something ran, and how long in all, for each combination of labels. */
export class Duration implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = "summary";
  readonly #times = new Map<
    string,
    { labels: Labels; sum: number; count: number }
  >();

  /** @param name unique in the program; ends with `_duration_seconds` */
  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
    declared.push(this);
  }

  /** Shows 0 before the first run, so that `rate()` sees that one. */
  show(labels: Labels): void {
    this.#of(labels);
  }

  /** Counts one run. */
  add(milliseconds: number, labels: Labels): void {
    const time = this.#of(labels);
    time.sum += milliseconds / 1000;
    time.count++;
  }

  get samples(): readonly Sample[] {
    return [...this.#times.values()].flatMap(({ labels, sum, count }) => [
      { labels, value: sum, suffix: "_sum" as const },
      { labels, value: count, suffix: "_count" as const },
    ]);
  }

  #of(labels: Labels) {
    const key = JSON.stringify(labels);
    const time = this.#times.get(key) ?? { labels, sum: 0, count: 0 };
    this.#times.set(key, time);
    return time;
  }
}

/** All counters and durations of this program. */
export function listCounters(): readonly Metric[] {
  return declared;
}
