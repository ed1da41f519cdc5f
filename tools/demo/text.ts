/** The demo's output: the table of attacks, the attacks that succeed, and the verdict. Only `print` has effects. */
import { countCopies, type Outcome } from "./attack.ts";
import type { Loot } from "../../tests/attacks/search.ts";

const COLOURED = Deno.stdout.isTerminal() &&
  (Deno.env.get("NO_COLOR") ?? "") === "";
const WIDTHS = [20, 24, 34] as const;

/** One line, or several, on standard output. */
export function print(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}

/** For headings, on a terminal. */
export function bold(text: string): string {
  return paint(text, 1);
}

/** For labels, on a terminal. */
export function dim(text: string): string {
  return paint(text, 2);
}

const red = (text: string) => paint(text, 31);
const green = (text: string) => paint(text, 32);

function paint(text: string, code: number): string {
  return COLOURED ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/** Above the table. */
export function renderHead(): string {
  const head = row("attack", "unprotected process", "cloudtaser-wrapper");
  const line = "-".repeat(WIDTHS.reduce((sum, width) => sum + width + 2, 0));
  return [
    bold("\n2. Attacks on it, and on the same application without a wrapper"),
    dim("Each looks for password and token in all memory that it can read."),
    "",
    bold(head),
    dim(line),
  ].join("\n");
}

/** One row of the table. */
export function renderOutcome({ attack, control, wrapper }: Outcome): string {
  return row(attack.title, describeControl(control), describeWrapper(wrapper));
}

function describeControl(loot: Loot): string {
  const count = countCopies(loot);
  if (count === 0) return dim(`not possible here (${loot.error})`);
  return red(`stolen (${copies(count)})`);
}

function describeWrapper(loot: Loot): string {
  const count = countCopies(loot);
  if (count > 0) return red(`STOLEN (${copies(count)})`);
  const rest = `nothing in ${renderBytes(loot.bytes)}`;
  const refused = loot.secretmem.find((error) => error !== "OK");
  const why = loot.error || (refused ? `arena: ${refused}, ${rest}` : rest);
  return green(`safe (${why})`);
}

function renderBytes(bytes: number): string {
  return bytes < 1e6 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(0)} MB`;
}

function copies(count: number): string {
  return count === 1 ? "1 copy" : `${count} copies`;
}

function row(...cells: string[]): string {
  return cells.map((cell, i) => pad(cell, WIDTHS[i] ?? 0)).join("  ").trimEnd();
}

function pad(cell: string, width: number): string {
  // deno-lint-ignore no-control-regex -- escape sequences have no width
  const length = cell.replace(/\x1b\[\d+m/g, "").length;
  return cell + " ".repeat(Math.max(0, width - length));
}

/** Attacks that give root the secret today. */
export function renderOpenDoors(
  doors: { readonly environment: Loot; readonly injected: Loot },
): string {
  const own = describeDoor(doors.environment);
  const injected = describeDoor(doors.injected);
  return [
    bold("\n3. What is not protected"),
    `The application's own copy     ${own}`,
    "  /proc/APPLICATION/environ: execve(2) copies the environment into a process",
    "  that has no protection of its own. Root can read it there.",
    `Code run inside the wrapper    ${injected}`,
    "  ptrace(2) makes the wrapper itself write its secret. Only an eBPF agent on",
    "  the node forbids that to root: ebpf_connected and kprobes_active.",
    "docs/THREAT-MODEL.md has the whole list.",
  ].join("\n");
}

function describeDoor(loot: Loot): string {
  const count = countCopies(loot);
  if (count > 0) return red(`stolen (${copies(count)})`);
  return `not stolen here${loot.error ? ` (${loot.error})` : ""}`;
}

/** The end: what happened, and whether it is what the score said. */
export function renderVerdict(
  outcomes: readonly Outcome[],
  hasSecretMemory: boolean,
): { readonly text: string; readonly isAsPromised: boolean } {
  const shown = outcomes.filter((o) => countCopies(o.control) > 0);
  const broken = outcomes.filter((o) => countCopies(o.wrapper) > 0);
  const names = broken.map((o) => o.attack.title).join(", ");
  const sum = `${shown.length} of ${outcomes.length} attacks rob the ` +
    `unprotected process, ${broken.length} the wrapper`;
  if (broken.length === 0) {
    return { text: bold(green(`\n${sum}.`)), isAsPromised: true };
  }
  if (!hasSecretMemory) {
    const why = "This kernel gives no memfd_secret, and the score says so";
    return { text: bold(`\n${sum}: ${names}. ${why}.`), isAsPromised: true };
  }
  return { text: bold(red(`\n${sum}: ${names}.`)), isAsPromised: false };
}
