/** Third section of the report: all wrappers with evidence and time of each proof, the lowest score first. */
import type { Fleet, FleetWrapper } from "@/fleet/collect/fleet.ts";
import { html, type Markup, NOTHING } from "./markup.ts";
import type { StatusCheck, WrapperStatus } from "@/protocol/status.ts";
import { orDash, renderScore } from "@/fleet/render/formatting.ts";
import { renderAge } from "@/protocol/status.ts";

/** One line for each wrapper, which opens to its evidence. */
export function renderWrappers({ wrappers }: Fleet): Markup {
  if (wrappers.length === 0) return NOTHING;
  return html`<section>
<h2>Wrappers, lowest score first</h2>
<div class="row head" aria-hidden="true"><span>Wrapper</span><span>Node</span><span>Score</span><span>Minimum</span></div>
${wrappers.map(renderWrapper)}
</section>`;
}

function renderWrapper(wrapper: FleetWrapper): Markup {
  const { target, band, minimum, isBelow, status, rank } = wrapper;
  const mark = isBelow
    ? html`
      <span class="tag bad">below</span>
    `
    : NOTHING;
  return html`<details class="wrapper" id="w${rank}">
<summary class="row"><span class="name"><small>${target.namespace}</small> ${wrapper.name}</span><span>${
    orDash(target.node)
  }</span><span><span class="dot ${band}"></span>${
    status ? renderScore(wrapper) : "no response"
  }${
    status
      ? html`
        <small>${band}</small>
      `
      : NOTHING
  }</span><span>${status ? minimum : "-"}${mark}</span></summary>
${status ? renderEvidence(status) : NOTHING}
${wrapper.error ? html`<p class="error">${wrapper.error}</p>` : NOTHING}
</details>`;
}

function renderEvidence(status: WrapperStatus): Markup {
  return html`
    <div class="scroll">
      <table class="evidence">
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">Result</th>
            <th scope="col" class="number">Points</th>
            <th scope="col">Evidence</th>
            <th scope="col">Source</th>
            <th scope="col">Proven (UTC)</th>
          </tr>
        </thead>
        <tbody>${status.checks.map(renderCheck)}</tbody>
      </table>
    </div>
    ${renderFacts(status)}
  `;
}

const RESULTS: Readonly<Record<StatusCheck["state"], string>> = {
  in_force: "OK",
  absent: "FAIL",
  unknown: "FAIL (unknown)",
};

function renderCheck(check: StatusCheck): Markup {
  const isGood = check.state === "in_force";
  const time = check.time === null
    ? html`never`
    : html`<time datetime="${check.time}">${
      check.time.slice(0, 19).replace("T", " ")
    }</time>`;
  return html`
    <tr>
      <th scope="row"><code>${check.name}</code></th>
      <td class="${isGood ? "good" : "bad"}">${RESULTS[check.state]}</td>
      <td class="number">${check.points}/${check.worth}</td>
      <td>${isGood ? check.detail : check.reason}</td>
      <td class="source">${check.source}</td>
      <td class="time">${time}</td>
    </tr>
  `;
}

function renderFacts(status: WrapperStatus): Markup {
  const { application, version, uptimeSeconds, vault, agent, required } =
    status;
  const facts: [string, string][] = [
    ["Application", application.state],
    ["Wrapper", `${orDash(version)}, up ${renderAge(uptimeSeconds)}`],
    ["Vault", describeVault(vault)],
    ["Agent", describeAgent(agent)],
    ...(required.length > 0
      ? [["Required", required.join(", ")] satisfies [string, string]]
      : []),
    ...status.facts.map(({ name, value }): [string, string] => [name, value]),
  ];
  return html`<dl class="facts">${
    facts.map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>`;
}

function describeVault(
  { state, address, leaseTtlSeconds }: WrapperStatus["vault"],
): string {
  const ttl = leaseTtlSeconds === null
    ? ""
    : `, lease TTL ${renderAge(leaseTtlSeconds)}`;
  return address === null ? state : `${address} (${state}${ttl})`;
}

function describeAgent(agent: WrapperStatus["agent"]): string {
  if (!agent.connected) return agent.reason ?? "not connected";
  return `${orDash(agent.name)} ${orDash(agent.version)}, ${
    agent.vectors ?? 0
  } vectors (${orDash(agent.mode)})`;
}
