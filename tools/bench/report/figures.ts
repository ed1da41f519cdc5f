/** Everything that one run of the benchmark measured: the content of dist/bench.json. */
import type { AgentFigures } from "../agent.ts";
import type { IdleFigures, PeerFigures } from "../idle.ts";
import type { MachineFigures } from "../machine.ts";
import type { NotRun } from "../peers.ts";
import type { ReapingFigures } from "../reaping.ts";
import type { SizeFigures } from "../size.ts";
import type { StartFigures } from "../start.ts";

/** Of one wrapper. */
export interface ProductFigures {
  readonly idle: IdleFigures;
  readonly reaping: ReapingFigures;
  readonly size: SizeFigures;
}

/** Of all programs. */
export interface Figures {
  readonly machine: MachineFigures;
  /** By name. The first one is judged by the goals. */
  readonly products: Readonly<Record<string, ProductFigures>>;
  readonly start: StartFigures;
  /** By name. */
  readonly peers: Readonly<Record<string, PeerFigures | NotRun>>;
  readonly agent: AgentFigures | NotRun;
}
