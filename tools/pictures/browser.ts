/** A headless Chromium, driven over its own protocol: pages become pictures. */

/** How a page is looked at. */
export interface View {
  readonly width: number;
  /** Taller pages are cut here; shorter ones make a shorter picture. */
  readonly mostHeight: number;
  readonly scheme: "light" | "dark";
  /** The id of something that opens; the picture begins there. */
  readonly at?: string;
}

type Answer = Record<string, unknown>;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
  "--remote-debugging-port=0",
];

/** `await using` ends it. */
export class Browser implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  /** The one page. */
  #session: string | undefined;
  #last = 0;

  private constructor(
    process: Deno.ChildProcess,
    profile: string,
    socket: WebSocket,
  ) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)));
  }

  static async start(): Promise<Browser> {
    const profile = await Deno.makeTempDir({ prefix: "cloudtaser-pictures-" });
    const process = new Deno.Command("chromium", {
      args: [...FLAGS, `--user-data-dir=${profile}`, "about:blank"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const socket = new WebSocket(await readAddress(process.stderr));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const browser = new Browser(process, profile, socket);
    await browser.#openPage();
    return browser;
  }

  /** Opens a file and answers its picture, PNG. */
  async shoot(path: string, view: View): Promise<Uint8Array> {
    const { width, mostHeight } = view;
    const { height, top } = await this.#open(path, view);
    const shown = Math.min(mostHeight, height - top);
    await this.#resize(width, top + shown);
    const clip = { x: 0, y: top, width, height: shown, scale: 1 };
    const { data } = await this.#ask("Page.captureScreenshot", { clip });
    return Uint8Array.fromBase64(String(data));
  }

  /** Opens a file and answers what an expression is there. */
  async read(path: string, view: View, expression: string): Promise<unknown> {
    await this.#open(path, view);
    return await this.#evaluate(expression);
  }

  async #open(path: string, { width, scheme, at }: View) {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#ask("Emulation.setEmulatedMedia", { features });
    await this.#resize(width, 1);
    await this.#ask("Page.navigate", { url: `file://${path}` });
    return await this.#measure(at);
  }

  async #openPage(): Promise<void> {
    const page = await this.#ask("Target.createTarget", { url: "about:blank" });
    const answer = await this.#ask("Target.attachToTarget", {
      targetId: page.targetId,
      flatten: true,
    });
    this.#session = String(answer.sessionId);
  }

  async #resize(width: number, height: number): Promise<void> {
    await this.#ask("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
  }

  /** Waits until it is drawn. @throws Error when it is wider than the view */
  async #measure(
    at: string | undefined,
  ): Promise<{ height: number; top: number }> {
    const { wide, view, ...found } = await this.#evaluate(
      `(${lookAt})(${JSON.stringify(at ?? null)})`,
    ) as Awaited<ReturnType<typeof lookAt>>;
    if (wide <= view) return found;
    throw new Error(`The page is ${wide} px wide, ${view} are there`);
  }

  async #evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#ask("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    return (result as { value: unknown }).value;
  }

  #ask(method: string, params: Answer = {}): Promise<Answer> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    const sessionId = this.#session;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return waiting.promise;
  }

  #hear(message: { id?: number; result?: Answer; error?: unknown }): void {
    const waiting = this.#waiting.get(message.id ?? 0);
    if (message.result) waiting?.resolve(message.result);
    else if (message.error) waiting?.reject(message.error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await removeFolder(this.#profile);
  }
}

/** Processes of the browser outlive it by some milliseconds, and write. */
async function removeFolder(path: string, tries = 50): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (tries === 0) throw error;
    await new Promise((done) => setTimeout(done, 100));
    await removeFolder(path, tries - 1);
  }
}

/** Runs in the page. */
async function lookAt(id: string | null) {
  // deno-lint-ignore no-explicit-any -- what a browser has and Deno has not
  const { document, innerWidth, requestAnimationFrame } = globalThis as any;
  while (document.readyState !== "complete") {
    await new Promise((done) => setTimeout(done, 20));
  }
  const opened = id && document.getElementById(id);
  if (opened) opened.open = true;
  await new Promise((done) => requestAnimationFrame(done));
  const { scrollWidth: wide, scrollHeight: height } = document.documentElement;
  const top = opened ? opened.getBoundingClientRect().top : 0;
  return {
    wide,
    view: innerWidth,
    height,
    top: Math.max(0, Math.floor(top) - 48),
  };
}

/** Chromium says on standard error where it listens; the rest is read so that it never waits. */
async function readAddress(
  stderr: ReadableStream<Uint8Array>,
): Promise<string> {
  const [told, rest] = stderr.tee();
  rest.pipeTo(new WritableStream()).catch(() => {});
  let text = "";
  for await (const part of told.pipeThrough(new TextDecoderStream())) {
    text += part;
    const [, address] = /listening on (ws:\S+)/.exec(text) ?? [];
    if (address) return address;
  }
  throw new Error(`Chromium did not start: ${text}`);
}
