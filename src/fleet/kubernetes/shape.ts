/**
 * Reads values of unknown shape: an answer, a kubeconfig, a list of pods. Each
 * reader says what it expects; a complaint names the place and never quotes the
 * value, which may be a token.
 */

/** Something has not the shape that it should have. */
export class ShapeError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** One object, read field by field. Missing and null are the same. */
export class Shape {
  readonly place: string;
  readonly #fields: Fields;

  /** @throws ShapeError when `value` is no object. */
  constructor(value: unknown, place: string) {
    if (!isFields(value)) throw new ShapeError(`${place} is no object`);
    this.#fields = value;
    this.place = place;
  }

  /** Text, or undefined. @throws ShapeError */
  text(name: string): string | undefined {
    return this.#take(name, isText, "text");
  }

  /** A number within bounds, or undefined. @throws ShapeError */
  number(name: string, least: number, most: number): number | undefined {
    const fits = (value: unknown): value is number =>
      typeof value === "number" && value >= least && value <= most;
    return this.#take(name, fits, `number from ${least} to ${most}`);
  }

  /** True or false; false when it is not there. @throws ShapeError */
  flag(name: string): boolean {
    const isFlag = (value: unknown) => typeof value === "boolean";
    return this.#take(name, isFlag, "boolean") ?? false;
  }

  /** One of `choices`, or undefined. @throws ShapeError */
  choice<T extends string>(
    name: string,
    choices: readonly T[],
  ): T | undefined {
    const fits = (value: unknown): value is T =>
      choices.some((choice) => choice === value);
    return this.#take(name, fits, `${choices.join(", ")}`);
  }

  /** An object, or undefined. @throws ShapeError */
  object(name: string): Shape | undefined {
    const value = this.#take(name, isFields, "object");
    return value && new Shape(value, this.#placeOf(name));
  }

  /** Objects; none when it is not there. @throws ShapeError */
  objects(name: string, most = Infinity): Shape[] {
    return this.list(name, most).map((item, index) =>
      new Shape(item, `${this.#placeOf(name)}[${index}]`)
    );
  }

  /** Texts; none when it is not there. @throws ShapeError */
  texts(name: string, most = Infinity): string[] {
    const list = this.list(name, most);
    if (list.every(isText)) return list;
    throw new ShapeError(`${this.#placeOf(name)} is no list of text`);
  }

  /** Anything in a list; none when it is not there. @throws ShapeError */
  list(name: string, most = Infinity): unknown[] {
    const list = this.#take(name, Array.isArray, "list") ?? [];
    if (list.length <= most) return list;
    throw new ShapeError(`${this.#placeOf(name)} has more than ${most} items`);
  }

  /** Whatever it is. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  /** The names of all fields. */
  names(): string[] {
    return Object.keys(this.#fields);
  }

  #take<T>(
    name: string,
    fits: (value: unknown) => value is T,
    wanted: string,
  ): T | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    if (fits(value)) return value;
    throw new ShapeError(`${this.#placeOf(name)} is no ${wanted}`);
  }

  #placeOf(name: string): string {
    return this.place === "" ? name : `${this.place}.${name}`;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
