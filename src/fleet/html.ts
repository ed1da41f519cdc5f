/** Placeholder. */
import type { Fleet } from "./fleet.ts";
export function renderHtml(_fleet: Fleet): string {
  return "";
}
