/** What a function of templates receives, and how it asks for arguments of a type. */
import {
  type Budget,
  JsonNumber,
  kindName,
  TemplateError,
  textOf,
  type Value,
} from "./value.ts";

/** One call. */
export class Call {
  constructor(
    readonly args: readonly Value[],
    readonly budget: Budget,
  ) {}

  /** An argument that must be a text or a number of Vault. */
  text(index: number): string {
    const value = this.args[index];
    if (typeof value === "string" || value instanceof JsonNumber) {
      return textOf(value);
    }
    throw wrong("a text", value);
  }

  integer(index: number): number {
    const value = this.args[index];
    const number = value instanceof JsonNumber ? Number(value.text) : value;
    if (typeof number === "number" && Number.isSafeInteger(number)) {
      return number;
    }
    throw wrong("an integer", value);
  }

  boolean(index: number): boolean {
    const value = this.args[index];
    if (typeof value === "boolean") return value;
    throw wrong("true or false", value);
  }

  list(index: number): readonly Value[] {
    const value = this.args[index];
    if (Array.isArray(value)) return value;
    throw wrong("a list", value);
  }
}

function wrong(wanted: string, value: Value): TemplateError {
  return value === undefined
    ? new TemplateError(
      "uses a field that does not exist: correct its name, or add default",
    )
    : new TemplateError(`gives ${kindName(value)} where ${wanted} is needed`);
}

/** A function: how many arguments it takes, and what it does. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  readonly run: (call: Call) => Value;
}

/** Rows of a table of functions with `least` to `most` arguments. */
export function takes(
  least: number,
  most: number,
  functions: Readonly<Record<string, (call: Call) => Value>>,
): [string, TemplateFunction][] {
  return Object.entries(functions).map((
    [name, run],
  ) => [name, { least, most, run }]);
}
