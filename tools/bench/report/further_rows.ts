/** Rows besides those of a start: idle time, orphans, growth with the secrets, and the node's agent. */
import type { AgentFigures, Calls } from "../agent.ts";
import type { Figures, ProductFigures } from "./figures.ts";
import {
  listProducts,
  mebibytes,
  renderMs,
  renderNotRun,
  type Row,
} from "./rows.ts";

const IDLE_PERCENT = 0.1;
const TIMES_TINI = 2;
/** Ten times the secrets. */
const MOST_GROWTH = 10;

export function listFurtherRows(figures: Figures): Row[] {
  const { agent } = figures;
  return [
    ...listIdle(figures),
    ...listReaping(figures),
    ...listMany(figures),
    ..."notRun" in agent
      ? [{ what: "agent", value: renderNotRun(agent) }]
      : listAgent(agent),
  ];
}

function listIdle(figures: Figures): Row[] {
  const render = ({ idle }: ProductFigures) =>
    `${idle.cpuPercent} %; without proofs ${idle.cpuPercentUnproven} %`;
  const [first] = Object.values(figures.products);
  return listProducts(
    figures,
    `idle, processor time in ${first?.idle.seconds} s`,
    render,
    {
      goal: `under ${IDLE_PERCENT} %`,
      isMet: ({ idle }) => idle.cpuPercent < IDLE_PERCENT,
    },
  );
}

function listReaping(figures: Figures): Row[] {
  const factor = ({ reaping: { wrapper, tini } }: ProductFigures) =>
    wrapper.median / tini.median;
  const render = (product: ProductFigures) =>
    `${renderMs(product.reaping.wrapper)}, ${
      factor(product).toFixed(2)
    } x tini`;
  return listProducts(figures, "clock, reaping 1,000 orphans", render, {
    goal: `at most ${TIMES_TINI} x tini`,
    isMet: (product) => factor(product) <= TIMES_TINI,
  });
}

/** Linear: ten times the secrets cost at most ten times of everything. */
function listMany(figures: Figures): Row[] {
  const growth = ({ idle: { memory: [, few, lots] } }: ProductFigures) => [
    (lots.anonymous + lots.memfd) / (few.anonymous + few.memfd),
    lots.secretmem / few.secretmem,
  ];
  const render = (product: ProductFigures) => {
    const { memory: [, few, lots] } = product.idle;
    const [private_, arenas] = [few, lots].reduce(
      ([own, secret], { anonymous, memfd, secretmem }) => [
        [...own, mebibytes(anonymous + memfd)],
        [...secret, secretmem / 1024],
      ],
      [[], []] as [number[], number[]],
    );
    return `private ${private_.join(" and ")} MiB, arenas ${
      arenas.join(" and ")
    } KiB`;
  };
  return listProducts(figures, "memory, 100 and 1,000 paths", render, {
    goal: `grows at most ${MOST_GROWTH} times`,
    isMet: (product) => Math.max(...growth(product)) <= MOST_GROWTH,
  });
}

/** Overheads are instructions in per cent of the same call without the agent. */
function listAgent(agent: AgentFigures): Row[] {
  const overheads = (after: Calls) => {
    const all = Object.entries(agent.without).map(([name, count]) =>
      [name, (after[name] ?? NaN) / count * 100 - 100] as const
    );
    const text = all.map(([name, more]) =>
      `${name.replaceAll("_", "+")} ${more.toFixed(1)} %`
    ).join(", ");
    return { text, ofOpen: new Map(all).get("open_read_close") ?? Infinity };
  };
  const { text, ofOpen } = overheads(agent.beside);
  return [
    {
      what: `agent (${agent.kernel}): unrelated process`,
      value: text,
      goal: "open+read+close under 3 %",
      isMet: ofOpen < 3,
    },
    {
      what: "  with 10,000 protected processes",
      value: overheads(agent.besideMany).text,
    },
    {
      what: "  protected process",
      value: overheads(agent.protectedProcess).text,
    },
    {
      what: "  one of 10,000 protected processes",
      value: overheads(agent.manyProtected).text,
    },
    {
      what: "  load, attach, self-test until ready; remove (emulated)",
      value: `${agent.startMs} ms; ${agent.removeMs} ms`,
    },
    { what: "  private memory", value: `${agent.memoryMib} MiB` },
  ];
}
