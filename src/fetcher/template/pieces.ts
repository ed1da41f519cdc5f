/** Splits a template into literal text and actions. */
import { ACTION } from "@/protocol/fetcher/plan.ts";
import { TemplateError } from "./functions/value.ts";

/** Texts, with the trim marks `${- ` and ` -}` applied, and actions between them. */
export function* split(
  text: string,
): Generator<string | { readonly action: string }> {
  let rest = text;
  let trimsNext = false;
  for (;;) {
    const at = rest.indexOf("${");
    const before = at < 0 ? rest : rest.slice(0, at);
    const literal = trimsNext ? before.replace(/^[ \t\r\n]+/, "") : before;
    if (at < 0) return yield literal;
    const [all, content] = readAction(rest.slice(at));
    const isLeft = /^-[ \t\r\n]/.test(content);
    trimsNext = /[ \t\r\n]-$/.test(content);
    yield isLeft ? literal.replace(/[ \t\r\n]+$/, "") : literal;
    const action = content.slice(isLeft ? 1 : 0, trimsNext ? -1 : undefined);
    if (!/^[ \t\r\n]*\/\*[^]*\*\/[ \t\r\n]*$/.test(action)) yield { action };
    rest = rest.slice(at + all.length);
  }
}

const ACTION_HERE = new RegExp(`^${ACTION.source}`);

function readAction(text: string): readonly [string, string] {
  const [all, content] = ACTION_HERE.exec(text) ?? [];
  if (all === undefined || content === undefined) {
    throw new TemplateError(
      `has ${JSON.stringify(text.slice(0, 20))} without its }`,
    );
  }
  return [all, content];
}
