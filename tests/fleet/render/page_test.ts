/** The report for auditors: its content, its escaping, and no external resources. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Probe } from "@/fleet/collect/probe.ts";
import { makeFleet } from "@/fleet/collect/fleet.ts";
import { html } from "@/fleet/render/html/markup.ts";
import { renderPage } from "@/fleet/render/html/page.ts";
import { parseStatus } from "@/fleet/collect/status_schema.ts";
import { answerWith, makeAnswer } from "../answers.ts";

const AT = Date.UTC(2026, 10, 25, 5, 12, 9);

function target(pod: string) {
  return { namespace: "production", pod, node: "node-a", port: 8199 };
}

function page(probes: readonly Probe[], minimum?: number): string {
  return renderPage(makeFleet(probes, { at: AT, place: "test", minimum }));
}

function answered(pod: string, text: string): Probe {
  return { target: target(pod), status: parseStatus(text) };
}

/** The text of a page without tags. */
function read(text: string): string {
  return text.replace(/<style.*?<\/style>/s, "").replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<").replaceAll(/\s+/g, " ");
}

Deno.test("the page has wrappers by band, failed checks, evidence and time of each proof", () => {
  const text = read(page([
    answered("web-1", makeAnswer()),
    answered("web-2", makeAnswer({ memfd_secret: "kernel 5.10 < 5.14" })),
    answered("web-3", makeAnswer({ memfd_secret: "kernel 5.10 < 5.14" })),
    { target: target("web-4"), error: "no response in time" },
  ], 70));
  for (
    const words of [
      "2 of 4 below the minimum, 1 of 4 unknown",
      "Time 2026-11-25 05:12:09 UTC",
      "Minimum score 70",
      "Full protection 70–75 1 25.0 %",
      "Strong protection 55–69 2 50.0 %",
      "Unknown no score 1 25.0 %",
      "memfd_secret 15 points fails on 2 of 3",
      "kernel 5.10 < 5.14 2 wrappers on node-a",
      "production/web-2 production/web-3",
      "In force everywhere 6 checks",
      "memfd_secret FAIL 0/15 kernel 5.10 < 5.14 test 20",
      "no response in time 1 wrapper on node-a",
    ]
  ) assert.ok(text.includes(words), `${words}\n${text}`);
});

Deno.test("the page of an empty fleet, and of a fully protected one", () => {
  assert.match(read(page([])), /No wrapper found/);
  const well = read(page([answered("web", makeAnswer())]));
  assert.match(well, /All wrappers reach their minimum/);
  assert.match(well, /each wrapper(&#39;|')s own/);
});

Deno.test("the page has no scripts and no external resources", () => {
  const text = page([answered("web", makeAnswer({ mlock: "no" }))]);
  const active =
    /<script|<link|<iframe|<img|url\(|@import|javascript:|\son\w+=|\sstyle=/i;
  assert.doesNotMatch(text, active);
  assert.ok(!/(?:src|href)="(?!#)/.test(text));
  const nonce = /style-src &#39;nonce-([-0-9a-f]{36})&#39;/.exec(text)?.[1];
  assert.ok(nonce && text.includes(`<style nonce="${nonce}">`));
  assert.match(text, /default-src &#39;none&#39;/);
});

/** The tags of a page in their order, which no response may change. */
function tags(text: string): string[] {
  return [...text.matchAll(/<[^>]*>/g)].map(([tag]) =>
    tag.replace(/nonce[^"]*"[^"]*"|datetime="[^"]*"|content="[^"]*"/g, "")
  );
}

Deno.test("no response changes the structure of the page", () => {
  const make = (text: string): Probe[] => [
    answered("web", answerWith(text)),
    { target: { ...target("web-2"), node: text }, error: text },
  ];
  const expected = tags(page(make("harmless")));
  const nasty = fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }),
    fc.constantFrom(
      "<script>alert(1)</script>",
      '"><img src=x onerror=alert(1)>',
      "</style></details></section>",
      "&lt;b&gt;",
      "'-->",
      "]]>",
    ),
  );
  fc.assert(fc.property(nasty, (text) => {
    assert.deepEqual(tags(page(make(text))), expected);
  }));
});

Deno.test("html`` escapes everything but its own output", () => {
  const inner = html`<b>${"<&>\"'"}</b>`;
  assert.equal(
    html`<p title="${'a"b'}">${inner}${[inner, inner]}${5}</p>`.text,
    `<p title="a&quot;b">${inner.text.repeat(3)}5</p>`,
  );
  assert.equal(inner.text, "<b>&lt;&amp;&gt;&quot;&#39;</b>");
});
