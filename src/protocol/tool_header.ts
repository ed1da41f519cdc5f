/**
 * A header that `status` sends: through the API server's proxy its request names
 * the API server as the host, and only this tells it from a web page whose name
 * was made to lead to a forwarded port (DNS rebinding). No script of a page can
 * set a header that begins with Sec- (Fetch standard, forbidden request-header).
 */
export const TOOL_HEADER = "sec-cloudtaser-status";
