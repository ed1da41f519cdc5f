/** Runs a command on a real terminal of a given width, and draws what it showed as a page. */

/** A command, and how it is shown. */
export interface Screen {
  /** The words behind `cloudtaser-wrapper`. */
  readonly words: readonly string[];
  readonly columns: number;
}

/** Where and as whom it runs. */
export interface TerminalOptions {
  readonly binary: string;
  readonly env: Readonly<Record<string, string>>;
}

const COLOURS: Readonly<Record<string, string>> = {
  "1": "font-weight:bold",
  "2": "color:#8b949e",
  "31": "color:#ff7b72",
  "32": "color:#56d364",
  "33": "color:#e3b341",
  "35": "color:#d2a8ff",
  "36": "color:#56d4dd",
};

const STYLE = `body{margin:0;background:#0d1117;color:#e6edf3}
pre{margin:0;padding:14px 18px;width:max-content;font:14px/1.35 "DejaVu Sans Mono",monospace}`;

/** The page, and how wide it will be. */
export async function drawScreen(
  screen: Screen,
  options: TerminalOptions,
): Promise<string> {
  const { words } = screen;
  const shown = await run(screen, options);
  const command = ["cloudtaser-wrapper", ...words].join(" ");
  return `<!DOCTYPE html><meta charset="utf-8"><style>${STYLE}</style><pre>$ <b>${
    escape(command)
  }</b>\n${colour(settle(shown))}</pre>`;
}

/** script(1) makes the terminal. */
async function run(
  { words, columns }: Screen,
  { binary, env }: TerminalOptions,
): Promise<string> {
  const line = [binary, ...words].map((word) => `'${word}'`).join(" ");
  const { stdout } = await new Deno.Command("script", {
    args: [
      "-qefc",
      `stty cols ${columns} rows 60; exec ${line}`,
      "/dev/null",
    ],
    env: { ...env, TERM: "xterm-256color", SHELL: "/bin/sh" },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** What is left of the lines when all is written over that was. */
function settle(text: string): string {
  // deno-lint-ignore no-control-regex -- that is what terminals are steered with
  return text.replaceAll("\r\n", "\n").replace(/[^\n]*\r\x1b\[K/g, "");
}

function colour(text: string): string {
  return escape(text).replace(
    // deno-lint-ignore no-control-regex -- that is what terminals are steered with
    /\x1b\[(\d+)m/g,
    (_, code) => code === "0" ? "</span>" : `<span style="${COLOURS[code]}">`,
  );
}

function escape(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
