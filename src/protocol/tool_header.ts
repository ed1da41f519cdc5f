/**
 * A header that `status` sends. Through the API server's proxy its Host is the
 * API server; this header distinguishes it from a web page that reaches a
 * forwarded port by DNS rebinding. A page's script cannot set a header that
 * begins with Sec- (Fetch standard, forbidden request-header).
 */
export const TOOL_HEADER = "sec-cloudtaser-status";
