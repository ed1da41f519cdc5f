/**
 * Text that others wrote, made fit for a terminal and a page: pods, API servers
 * and plugins may say anything.
 */
import { cleanText } from "@/base/text.ts";

/** Signs that are not seen but change what is: direction, joining, tags; and halves of pairs. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** One line, visible signs only, at most `limit` of them. */
export function safeText(text: string, limit = 300): string {
  // Cut first: patterns need not run over a megabyte of somebody's joke.
  return cleanText(text.slice(0, limit * 4).replace(INVISIBLE, ""), limit);
}
