/** Pieces of CEL that several rules use. Strings go between single quotes and contain none. */

/** A variable of a policy: evaluated when another expression first needs it. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** `'text'` */
export function quoted(text: string): string {
  if (/['\\\n]/.test(text)) throw new TypeError(`not plain text: ${text}`);
  return `'${text}'`;
}

/** `['a', 'b']` */
export function list(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(", ")}]`;
}

/** A regular expression as a raw string. */
export function pattern(regex: string): string {
  if (regex.includes("'")) throw new TypeError(`not a pattern: ${regex}`);
  return `r'${regex}'`;
}

/** The list `field` of `of`, or an empty one. */
export function items(of: string, field: string): string {
  return `(has(${of}.${field}) ? ${of}.${field} : [])`;
}

/** One line: YAML and messages of the API server show expressions as they are. */
export function line(expression: string): string {
  return expression.replace(/\s*\n\s*/g, " ").trim();
}

/** Makes a variable. */
export function variable(name: string, expression: string): Variable {
  return { name, expression: line(expression) };
}
