/**
 * Parses a template: Go's text/template with the delimiters `${` and `}`, and of
 * its actions only pipelines, comments and if. Pure; every size is bounded.
 */
import { MAX_TEMPLATE } from "@/protocol/fetcher/plan.ts";
import { type Expression, parsePipe } from "./expression.ts";
import { split } from "./pieces.ts";
import { type Token, tokenize } from "./tokens.ts";
import { TemplateError } from "./functions/value.ts";

/** A piece of a template. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Expression }
  | {
    readonly kind: "if";
    readonly condition: Expression;
    readonly then: readonly Node[];
    readonly otherwise: readonly Node[];
  };

/** Ifs in each other. */
const MAX_DEPTH = 32;

/** A list of nodes that is not closed yet. */
interface Open {
  readonly nodes: Node[];
  /** Called at `end`, with the nodes. */
  readonly close: (nodes: readonly Node[]) => void;
  /** Called at `else`; undefined: after an `else` there is no second one. */
  readonly orElse?: (nodes: readonly Node[]) => Node[];
}

/** The keywords of Go's templates that these do not have. */
const ACTIONS = /^(?:range|with|define|template|block|break|continue|try)$/;

/** @throws TemplateError */
export function parse(text: string): readonly Node[] {
  if (text.length > MAX_TEMPLATE) {
    throw new TemplateError(`is longer than ${MAX_TEMPLATE} bytes`);
  }
  const root: Node[] = [];
  const open: Open[] = [{ nodes: root, close: () => {} }];
  for (const piece of split(text)) {
    if (typeof piece !== "string") addAction(open, tokenize(piece.action));
    else if (piece !== "") {
      open.at(-1)?.nodes.push({ kind: "text", text: piece });
    }
  }
  if (open.length > 1) throw new TemplateError("has an if without its end");
  return root;
}

function addAction(open: Open[], tokens: Token[]): void {
  const [first] = tokens;
  const word = first?.kind === "name" ? first.name : "";
  if (word === "if") return openIf(open, tokens.slice(1));
  if (word === "else") return addElse(open, tokens.slice(1));
  if (word === "end") return closeIf(open, tokens);
  if (ACTIONS.test(word)) {
    throw new TemplateError(`has the action ${word}, which is not supported`);
  }
  open.at(-1)?.nodes.push({ kind: "action", pipe: parsePipe(tokens) });
}

function openIf(
  open: Open[],
  tokens: Token[],
  close: () => void = () => {},
): void {
  if (open.length > MAX_DEPTH) throw new TemplateError("is nested too deeply");
  const condition = parsePipe(tokens);
  const [then, otherwise]: [Node[], Node[]] = [[], []];
  open.at(-1)?.nodes.push({ kind: "if", condition, then, otherwise });
  open.push({ nodes: then, close, orElse: () => otherwise });
}

function addElse(open: Open[], tokens: Token[]): void {
  const last = open.pop();
  if (last?.orElse === undefined) {
    throw new TemplateError("has an else without its if");
  }
  open.push({ nodes: last.orElse(last.nodes), close: last.close });
  const [first, ...rest] = tokens;
  if (first === undefined) return;
  if (first.kind !== "name" || first.name !== "if") {
    throw new TemplateError("has an else with something behind it");
  }
  // `else if` is an if inside the else; one end closes both.
  openIf(open, rest, () => closeIf(open, []));
}

function closeIf(open: Open[], tokens: readonly Token[]): void {
  if (tokens.length > 1) {
    throw new TemplateError("has an end with something behind it");
  }
  if (open.length === 1) throw new TemplateError("has an end without its if");
  const last = open.pop();
  last?.close(last.nodes);
}
