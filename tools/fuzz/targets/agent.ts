/** What wrapper, agent and enforcer read from each other. */
import { parseRequest } from "@/agent/wrapper_requests.ts";
import { parseCgroup } from "@/agent/processes/cgroup.ts";
import {
  MAX_ATTACKS,
  parseHello,
  parseLine,
  parseProof,
  parseProtected,
  synchronousBackends,
} from "@/protocol/agent.ts";
import { COMMANDS, parseEnforcerLine } from "@/protocol/enforcer.ts";
import fc from "fast-check";
import { decode, must, mustEqual, type Target } from "../target.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const WORDS =
  `"op" "nonce" "${NONCE}" "protect" "protected" true null [] {} \\u0000 \\ud800 -1 1e400 "__proto__" "attacks"`
    .split(" ");
const HELLO =
  `{"op":"hello","nonce":"${NONCE}","protocol":1,"version":"0.1.0","mode":"bpf lsm + kprobe override","vectors":23,"name":"a","uptime":50400}`;
// deno-lint-ignore no-control-regex -- what cleanText removes
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
/** JSON of any kind, and objects with the protocol's names. */
const JSONS = fc.sample(
  fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.dictionary(
      fc.constantFrom(
        "op",
        "nonce",
        "pid",
        "protected",
        "attacks",
        "vectors",
        "uptime",
        "mode",
        "t",
        "id",
        "line",
      ),
      fc.oneof(
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom("hello", "proof", "protect", NONCE, "open"),
      ),
    ).map((value) => JSON.stringify(value)),
  ),
  { numRuns: 150, seed: 1 },
);

export const AGENT_TARGETS: readonly Target[] = [
  {
    name: "agent-answers",
    weight: 4,
    samples: [
      HELLO,
      `{"op":"protect","pid":1,"protected":true}`,
      `{"op":"proof","nonce":"${NONCE}","protected":true,"attacks":[{"comm":"ct3f","vector":"proc_mem","blocked":true}]}`,
      ...JSONS,
    ],
    words: WORDS,
    check: (input) => {
      const answer = parseLine(decode(input));
      if (answer === undefined) return;
      const hello = parseHello(answer, NONCE);
      if (hello !== undefined) {
        must(hello.version.length <= 40 && hello.mode.length <= 80, "length");
        must(
          !CONTROL.test(hello.version + hello.mode + (hello.name ?? "")),
          "control characters",
        );
        must(hello.vectors >= 0 && (hello.uptimeSeconds ?? 0) >= 0, "negative");
        synchronousBackends(hello.mode);
      }
      const proof = parseProof(answer, NONCE);
      must((proof?.attacks.length ?? 0) <= MAX_ATTACKS, "attacks");
      for (const { vector } of proof?.attacks ?? []) {
        must(!CONTROL.test(vector), "vector");
      }
      if (parseProtected(answer, 1)) must(answer.pid === 1, "pid");
    },
  },
  {
    name: "agent-requests",
    weight: 4,
    samples: [
      `{"op":"hello","nonce":"${NONCE}","protocol":1}`,
      '{"op":"protect"}',
      `{"op":"proof","nonce":"${NONCE}"}`,
      ...JSONS,
    ],
    words: WORDS,
    check: (input) => {
      const request = parseRequest(decode(input));
      if (request.op === "bad") return must(request.reason !== "", "reason");
      if (request.op !== "protect") {
        must(/^[\w-]{1,64}$/.test(request.nonce), "nonce");
      }
      // The answer is one line, and means the same.
      const line = COMMANDS.answer(1, request);
      must(!CONTROL.test(line), "line");
      mustEqual(
        parseRequest(line.slice("answer 1 ".length)),
        request,
        "round trip",
      );
    },
  },
  {
    name: "enforcer-messages",
    weight: 4,
    samples: [
      '{"t":"open","id":1,"pid":4,"uid":0,"nspid":1}',
      '{"t":"line","id":1,"line":"{\\"op\\":\\"protect\\"}"}',
      '{"t":"closed","id":1}',
      '{"t":"stats","processes":1,"trees":1,"counts":{"proc_mem":3}}',
      '{"t":"event","time":5,"vector":"proc_mem","program":"p","backend":"bpf lsm","action":"blocked","ownProbe":true,"arg":0,"attacker":{"pid":0,"tid":0,"uid":0,"comm":"x","exe":"e","cgroup":0,"tree":0},"target":{"pid":0,"tree":0,"comm":""}}',
      ...JSONS,
    ],
    words: [...WORDS, '"t"', '"line"', '"event"'],
    check: (input) => {
      const message = parseEnforcerLine(decode(input));
      if (message === undefined) return;
      mustEqual(
        parseEnforcerLine(JSON.stringify(message)),
        message,
        "round trip",
      );
    },
  },
  {
    name: "cgroup",
    weight: 3,
    samples: [
      "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b2c3d_0a1b_0a1b_0a1b_0a1b2c3d4e5f.slice/cri-containerd-" +
      "0f".repeat(32) + ".scope\n",
      "12:pids:/docker/" + "ab".repeat(32) + "\n0::/system.slice\n",
    ],
    words: [
      ":",
      "/",
      "pod",
      ".slice",
      ".scope",
      "crio-conmon-",
      "ab".repeat(32),
    ],
    check: (input) => {
      const { containerId, podUid } = parseCgroup(decode(input));
      must(
        containerId === undefined || /^[0-9a-f]{64}$/.test(containerId),
        "id",
      );
      must(podUid === undefined || /^[0-9a-f-]{32,36}$/.test(podUid), "pod");
    },
  },
];
