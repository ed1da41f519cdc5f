/** Makes untrusted text, of pods, API servers and plugins, safe for a terminal and a page. */
import { cleanText } from "@/base/text.ts";

/** Invisible characters that change how others look (direction, joining, tags), and lone surrogates. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** One line of visible characters, at most `limit` of them. */
export function safeText(text: string, limit = 300): string {
  // Cut first, so that the patterns need not scan a large text.
  return cleanText(text.slice(0, limit * 4).replace(INVISIBLE, ""), limit);
}
