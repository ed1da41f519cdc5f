/**
 * Templates of bank-vaults' references: `vault:PATH#${.user | upper}`. A program
 * of its own, which the fetcher loads only when a plan has a template. Errors
 * are results: the caller shares no class with this program.
 */
import { check, render, type Rendered } from "./evaluate.ts";
import { parse } from "./parse.ts";
import {
  fromJsonValue,
  TemplateError,
  toJsonNumber,
} from "./functions/value.ts";

/** A template that was checked. */
export interface Template {
  /**
   * @param fields a secret, with numbers as JSON.rawJSON objects
   * @returns what it makes, or why it cannot: a message that quotes no value
   */
  readonly render: (fields: unknown) => Rendered | Refused;
}

/** A template that is wrong. The message continues "the template X …". */
export interface Refused {
  readonly refused: string;
}

/** @param text bytes, one character each */
export function compileTemplate(text: string): Template | Refused {
  return refuse(() => {
    const nodes = parse(text);
    check(nodes);
    return {
      render: (fields) =>
        refuse(() => render(nodes, fromJsonValue(fields, toJsonNumber))),
    };
  });
}

function refuse<T>(work: () => T): T | Refused {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) return { refused: error.message };
    throw error;
  }
}
