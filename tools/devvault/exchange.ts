/**
 * Both directions of one HTTP exchange: what a request brings (token, body,
 * client certificate), how an answer or a fault goes out.
 */
import { Buffer } from "node:buffer";
import type http from "node:http";
import type { TLSSocket } from "node:tls";
import { type Answer, Refusal } from "./answer.ts";
import type { RawRequest } from "./core.ts";
import type { Fault } from "./faults.ts";
import type { PeerCertificate } from "./request.ts";

const BODY_LIMIT = 32 * 1024 * 1024;

/** The token of a request, or "". */
export function tokenOf(request: http.IncomingMessage): string {
  const bearer = header(request, "authorization").match(/^Bearer (.*)$/i);
  return header(request, "x-vault-token") || (bearer?.[1] ?? "");
}

/** A header's value, or "". */
export function header(request: http.IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] ?? "" : value ?? "";
}

/** A JSON object, nothing (an empty one), or a refusal. */
export async function readBody(
  request: http.IncomingMessage,
): Promise<RawRequest["body"] | Refusal> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT) {
      return new Refusal(413, "http: request body too large");
    }
    chunks.push(chunk);
  }
  const source = Buffer.concat(chunks).toString();
  if (source === "") return {};
  return parseObject(source);
}

function parseObject(source: string): RawRequest["body"] | Refusal {
  const failure = "failed to decode JSON input";
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return new Refusal(400, failure);
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return value as RawRequest["body"];
  }
  const kind = Array.isArray(value) ? "array" : typeof value;
  return new Refusal(
    400,
    `${failure}: json: cannot unmarshal ${kind} into Go value of type ` +
      "map[string]interface {}",
  );
}

/** The client certificate of the connection, if one was shown. */
export function peerOf(
  request: http.IncomingMessage,
): PeerCertificate | undefined {
  const socket = request.socket as Partial<TLSSocket>;
  const shown = socket.getPeerCertificate?.();
  if (!shown?.raw) return undefined;
  const lines = Buffer.from(shown.raw).toString("base64").match(/.{1,64}/g);
  return {
    commonName: String(shown.subject?.CN ?? ""),
    serial: String(shown.serialNumber ?? ""),
    pem: [
      "-----BEGIN CERTIFICATE-----",
      ...(lines ?? []),
      "-----END CERTIFICATE-----",
      "",
    ].join("\n"),
  };
}

/** Sends an answer; `fault` may spoil its form. */
export function write(
  response: http.ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
): void {
  const source = answer.body === undefined
    ? ""
    : `${JSON.stringify(answer.body)}\n`;
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    "content-type": "application/json",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    ...answer.headers,
  };
  if (fault?.kind === "content-type") headers["content-type"] = fault.value;
  if (answer.status !== 204) {
    headers["content-length"] = String(Buffer.byteLength(source));
  }
  response.writeHead(answer.status, headers);
  if (fault?.kind !== "truncated") {
    response.end(source);
    return;
  }
  response.write(source.slice(0, source.length / 2));
  response.socket?.end();
}

/** Lets the fault happen; true: there is nothing left to answer. */
export async function strike(
  fault: Fault,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<boolean> {
  switch (fault.kind) {
    case "truncated":
    case "content-type":
      return false;
    case "delay":
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
      return false;
    case "hang":
      return true;
    case "reset":
      request.socket.destroy();
      return true;
    default:
      await readBody(request);
      answerFault(fault, response);
      return true;
  }
}

function answerFault(
  fault: Extract<Fault, { kind: "status" | "html" | "oversize" | "redirect" }>,
  response: http.ServerResponse,
): void {
  switch (fault.kind) {
    case "status": {
      const retry = fault.retryAfterSeconds;
      const headers = retry === undefined
        ? {}
        : { "retry-after": String(retry) };
      const errors = fault.errors ?? ["internal error"];
      write(
        response,
        { status: fault.status, body: { errors }, headers },
        undefined,
      );
      return;
    }
    case "html":
      response.writeHead(fault.status ?? 200, { "content-type": "text/html" });
      response.end("<!DOCTYPE html><html><body>Welcome</body></html>\n");
      return;
    case "oversize":
      response.writeHead(200, { "content-type": "application/json" });
      response.end(`{"data":{"x":"${"x".repeat(fault.bytes)}"}}`);
      return;
    case "redirect":
      response.writeHead(fault.status ?? 307, { location: fault.location });
      response.end();
  }
}
