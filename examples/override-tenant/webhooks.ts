// What both programs share, on Node alone: a listener whose paths are webhooks, and requests to the Graph API.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

export const GRAPH = `${process.env.GRAPH_URL ?? "https://graph.facebook.com"}/v25.0`;

export type Change = { field: string; value: any };
/** A path: what GETs are verified with, by which secret POSTs are signed (none: it cannot be checked), and who takes them. */
export type Path = { verifyToken?: string; secret?: string; header?: string; take: (body: any, raw: Buffer) => Promise<object | void> | object | void };

export const sign = (secret: string, body: Buffer) => `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

function signed(secret: string, body: Buffer, header: unknown) {
  const [expected, said] = [Buffer.from(sign(secret, body)), Buffer.from(String(header ?? ""))];
  return expected.length === said.length && timingSafeEqual(expected, said);
}

export function serve(port: number, paths: Record<string, Path>) {
  const server = createServer(async (request, reply) => {
    const url = new URL(request.url!, "http://here");
    const path = paths[url.pathname];
    if (!path) return void reply.writeHead(404).end();
    if (request.method === "GET") {
      const known = path.verifyToken && url.searchParams.get("hub.verify_token") === path.verifyToken;
      return void reply.writeHead(known ? 200 : 403).end(known ? url.searchParams.get("hub.challenge") : "");
    }
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const raw = Buffer.concat(parts);
    if (path.secret && !signed(path.secret, raw, request.headers[path.header ?? "x-hub-signature-256"])) return void reply.writeHead(401).end();
    const answer = await path.take(JSON.parse(raw.toString()), raw);
    reply.writeHead(200, { "Content-Type": "application/json" }).end(answer && JSON.stringify(answer));
  });
  return new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
}

/** Every change of a webhook, however they were batched. */
export const changes = (body: any): Change[] => body.entry.flatMap((entry: any) => entry.changes);

/** The JSON of the reply, and the HTTP status. */
export async function post(url: string, token: string | undefined, body: object) {
  const reply = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  return { status: reply.status, reply: (await reply.json()) as any };
}
