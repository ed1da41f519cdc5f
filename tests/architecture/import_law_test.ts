/**
 * The law of the rooms as data: who may import whom. A border is only crossed
 * through a room's mod.ts.
 */
import { deepEqual, ok } from "node:assert/strict";

/** Room → rooms that it may import. `ffi` is the native border. */
const LAW: Readonly<Record<string, readonly string[]>> = {
  base: [],
  evidence: [],
  vault: ["base"],
  memory: ["ffi"],
  process: ["ffi"],
  config: ["base", "process", "vault"],
  probe: ["evidence", "ffi"],
  score: ["evidence"],
  seal: [],
  publisher: ["base"],
  report: ["base", "evidence", "score"],
  app: ["base", "ffi", "memory", "process"],
  agent: ["base", "evidence", "process", "report"],
  fetcher: ["base", "ffi", "memory", "process", "vault"],
  fleet: ["base", "evidence", "score"],
  lease: ["base", "fetcher", "memory", "process", "vault"],
  commands: [
    "agent",
    "app",
    "base",
    "config",
    "fetcher",
    "evidence",
    "ffi",
    "fleet",
    "events",
    "lease",
    "memory",
    "probe",
    "process",
    "report",
    "score",
    "seal",
  ],
};

const SOURCE = new URL("../../src/", import.meta.url);

interface Source {
  readonly room: string;
  readonly name: string;
  readonly text: string;
}

function readSources(): Source[] {
  return [...Deno.readDirSync(SOURCE)].flatMap(({ name: room }) =>
    [...Deno.readDirSync(new URL(`${room}/`, SOURCE))]
      .filter((file) => file.name.endsWith(".ts"))
      .map((file) => ({
        room,
        name: `${room}/${file.name}`,
        text: Deno.readTextFileSync(new URL(`${room}/${file.name}`, SOURCE)),
      }))
  );
}

function importsOf({ text }: Source): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...found].map((match) => match[1] ?? "");
}

const sources = readSources();

Deno.test("every folder under src is a room with a law and a door", () => {
  const rooms = [...new Set(sources.map((s) => s.room))].sort();
  deepEqual(rooms, Object.keys(LAW).sort());
  for (const room of rooms) {
    ok(sources.some((s) => s.name === `${room}/mod.ts`), room);
  }
});

Deno.test("rooms import only what the law allows, through doors", () => {
  const broken = sources.flatMap((source) =>
    importsOf(source).filter((path) => !isLawful(source, path)).map((path) =>
      `${source.name} → ${path}`
    )
  );
  deepEqual(broken, []);
});

function isLawful({ room, name }: Source, path: string): boolean {
  if (path === "@ffi") return LAW[room]?.includes("ffi") ?? false;
  if (path.startsWith("@/")) {
    const [target, door, ...more] = path.slice(2).split("/");
    return door === "mod.ts" && more.length === 0 &&
      (LAW[room]?.includes(target ?? "") ?? false);
  }
  if (path.startsWith("./")) return !path.slice(2).includes("/");
  return path.startsWith("node:http") && name === "vault/node_transport.ts" ||
    path.startsWith("node:http") && name === "fleet/node_transport.ts" ||
    path === "js-yaml" && name === "fleet/kubeconfig.ts" ||
    path === "@logtape/logtape" && room === "base" ||
    path === "../../deno.json" && name === "commands/version.ts";
}

Deno.test("the law has no circles", () => {
  const reach = (room: string, path: string[]): void => {
    ok(!path.includes(room), [...path, room].join(" → "));
    for (const next of LAW[room] ?? []) {
      if (next !== "ffi") reach(next, [...path, room]);
    }
  };
  Object.keys(LAW).forEach((room) => reach(room, []));
});

Deno.test("nothing that reports can reach a secret", () => {
  for (const room of ["score", "report", "fleet", "events"]) {
    for (const target of ["memory", "vault", "fetcher", "app", "ffi"]) {
      ok(!LAW[room]?.includes(target), `${room} → ${target}`);
    }
  }
});

Deno.test("the process exits in one place", () => {
  const exits = sources.filter((s) => s.text.includes("Deno.exit(")).map((s) =>
    s.name
  );
  deepEqual(exits, []);
});
