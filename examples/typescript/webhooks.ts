// What both examples share: the app's webhook, and one POST to the Graph API.

import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

const GRAPH = `${process.env.GRAPH_URL ?? "https://graph.facebook.com"}/v25.0`;
const PORT = Number(process.env.PORT ?? 9000);

export type Session = { sdp_type: "offer" | "answer"; sdp: string };
export type Call = { id: string; event: "connect" | "terminate"; session?: Session; status?: string; duration?: number };
export type Change = {
  metadata: { phone_number_id: string };
  calls?: Call[];
  statuses?: { id: string; status: string }[];
  messages?: { interactive?: { call_permission_reply?: { response: "accept" | "reject" } } }[];
};

/** Serves /hook: answers the verification GET, checks each signature, and hands every change to `take`. */
export function serve(take: (field: string, value: Change) => void) {
  const app = express();
  app.get("/hook", (request, reply) => {
    if (request.query["hub.verify_token"] !== process.env.VERIFY_TOKEN) reply.sendStatus(403);
    else reply.send(request.query["hub.challenge"]);
  });
  // The signature is over the bytes as they came, so the body is parsed after the check and not before.
  app.post("/hook", express.raw({ type: "*/*" }), (request, reply) => {
    const expected = Buffer.from(`sha256=${createHmac("sha256", process.env.APP_SECRET!).update(request.body).digest("hex")}`);
    const signature = Buffer.from(request.get("x-hub-signature-256") ?? "");
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return void reply.sendStatus(401);
    reply.sendStatus(200);
    for (const entry of JSON.parse(request.body.toString()).entry) {
      for (const change of entry.changes) take(change.field, change.value);
    }
  });
  return app.listen(PORT, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${PORT}/hook`));
}

/** Returns the HTTP status and the JSON of the reply. */
export async function post(path: string, body: object): Promise<{ status: number; reply: any }> {
  const reply = await fetch(`${GRAPH}/${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.ACCESS_TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify({ messaging_product: "whatsapp", ...body }),
  });
  return { status: reply.status, reply: await reply.json() };
}

/** Resolves when the peer reaches that state. */
export function reached(peer: RTCPeerConnection, event: "connectionstatechange" | "icegatheringstatechange", there: () => boolean) {
  return new Promise<void>((resolve) => {
    const look = () => there() && resolve();
    peer.addEventListener(event, look);
    look();
  });
}
