/** Parsers of /proc texts: captured texts, and garbage. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  hasCapability,
  isOlder,
  parseCmdline,
  parseKernelVersion,
  parseMemlock,
  parseSmaps,
  parseStatus,
} from "@/wrapper/checks/machine/proc_text.ts";
import { capture, ORDINARY_ARENA, SECRET_ARENA } from "../fake_machine.ts";

Deno.test("parseSmaps() reads every mapping of a captured text", () => {
  const text = capture("6.18-vm", "smaps");
  const all = parseSmaps(text);
  assert.equal(all.length, text.split("VmFlags:").length - 1);
  const secret = all.find(({ start }) => start === SECRET_ARENA.start);
  assert.equal(secret?.name, "/secretmem (deleted)");
  assert.equal(secret?.permissions, "rw-s");
  assert.equal(secret?.sizeKib, 16);
  assert.equal(secret?.rssKib, 16);
  assert.equal(secret?.pssKib, 16);
  assert.equal(secret?.lockedKib, 16);
  assert.ok(secret?.flags.includes("lo") && secret.flags.includes("dd"));
  const ordinary = all.find(({ start }) => start === ORDINARY_ARENA.start);
  assert.equal(ordinary?.name, "");
  assert.equal(ordinary?.lockedKib, 16);
});

Deno.test("parseSmaps() is not fooled by a mapping's name", () => {
  const forged = "7f0000000000-7f0000001000 rw-p 00000000 00:00 0  " +
    "/x\\012VmFlags: lo dd\nSize: 4 kB\nRss: 4 kB\nLocked: 0 kB\nVmFlags: rd wr\n";
  const [only, ...rest] = parseSmaps(forged);
  assert.deepEqual(only?.flags, ["rd", "wr"]);
  assert.equal(rest.length, 0);
});

Deno.test("parseStatus() reads names and values", () => {
  const status = parseStatus(capture("6.1-container", "status"));
  assert.equal(status.get("Seccomp"), "2");
  assert.equal(status.get("NSpid"), "1");
  assert.equal(hasCapability(status, 14), false);
  assert.equal(
    hasCapability(parseStatus("CapEff:\t0000000000004000\n"), 14),
    true,
  );
  assert.equal(hasCapability(parseStatus("CapEff:\tzz\n"), 14), false);
});

Deno.test("parseMemlock() reads bytes and unlimited", () => {
  assert.equal(parseMemlock(capture("6.1-container", "limits")), 65_536);
  assert.equal(parseMemlock(capture("6.18-vm", "limits")), 8_388_608);
  assert.equal(
    parseMemlock(
      "Max locked memory         unlimited            unlimited            bytes",
    ),
    Infinity,
  );
  assert.equal(parseMemlock("nothing"), undefined);
});

Deno.test("parseCmdline() reads options and quotes, and stops at `--`", () => {
  const options = parseCmdline(
    'quiet secretmem.enable=1 dyndbg="file a.c +p" lsm=a,bpf -- secretmem.enable=0\n',
  );
  assert.equal(options.get("quiet"), "");
  assert.equal(options.get("secretmem.enable"), "1");
  assert.equal(options.get("dyndbg"), "file a.c +p");
  assert.equal(options.get("lsm"), "a,bpf");
  assert.equal(options.size, 4);
});

Deno.test("parseCmdline() reads a quoted option as the kernel does", () => {
  const options = parseCmdline('quiet "lsm=lockdown,bpf x" "--" init=/y');
  assert.deepEqual([...options], [["quiet", ""], ["lsm", "lockdown,bpf x"]]);
});

Deno.test("parseKernelVersion() reads releases of distributions", () => {
  assert.deepEqual(parseKernelVersion("6.18.44-fc-v657\n"), {
    major: 6,
    minor: 18,
    full: "6.18.44",
    short: "6.18",
  });
  assert.equal(parseKernelVersion("5.10.0-33-amd64")?.short, "5.10");
  assert.equal(parseKernelVersion("6.5-rc1")?.full, "6.5");
  assert.equal(parseKernelVersion("plan9"), undefined);
  const version = parseKernelVersion("5.14.0");
  assert.ok(version && !isOlder(version, 5, 14) && isOlder(version, 6, 0));
});

Deno.test("no text makes a parser throw", () => {
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      ...capture("6.18-vm", "smaps").split("\n").slice(0, 60),
      ...capture("6.1-container", "mountinfo").split("\n"),
      "VmFlags:",
      "Max locked memory ",
      '"',
    ),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join("\n");
      for (const one of parseSmaps(text)) {
        assert.ok(Number.isFinite(one.rssKib) && Array.isArray(one.flags));
      }
      hasCapability(parseStatus(text), 14);
      parseMemlock(text);
      parseCmdline(text);
      parseKernelVersion(text);
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseSmaps() reverses the formatting of a first line", () => {
  const address = fc.bigInt({ min: 0n, max: (1n << 47n) - 1n });
  fc.assert(
    fc.property(address, address, (start, end) => {
      const line = `${start.toString(16)}-${
        end.toString(16)
      } r--p 00000000 fe:00 12   /a b`;
      const [one] = parseSmaps(`${line}\nRss: 4 kB\nVmFlags: rd\n`);
      assert.deepEqual(
        [one?.start, one?.end, one?.permissions, one?.name],
        [start, end, "r--p", "/a b"],
      );
    }),
  );
});
