// The messaging partner. Answers what users write; who wants to talk is passed to the calling partner, and comes back when the call is over.
//
// APP_SECRET=… VERIFY_TOKEN=… ACCESS_TOKEN=… PHONE_NUMBER_ID=4001 PORT=9001 GRAPH_URL=http://127.0.0.1:8080 node --import tsx chat.ts

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

const GRAPH = `${process.env.GRAPH_URL ?? "https://graph.facebook.com"}/v25.0`;
const { APP_SECRET, VERIFY_TOKEN, ACCESS_TOKEN, PHONE_NUMBER_ID: NUMBER, PORT = "9001" } = process.env;

type Message = { from: string; type: string; text?: { body: string } };
type Handover = { previous_owner_role: string; new_owner_role: string; metadata?: string };
type Value = {
  messages?: Message[];
  sender?: { phone_number: string };
  control_passed?: Handover;
  control_taken?: Handover;
  standby?: { messages?: unknown[]; message_echoes?: unknown[]; statuses?: unknown[] };
};

/** The JSON of the reply, or the code of the error. */
async function ask(method: string, path: string, body?: object): Promise<any> {
  const reply = await fetch(`${GRAPH}/${path}`, {
    method,
    headers: { Authorization: `Bearer ${ACCESS_TOKEN}`, "Content-Type": "application/json" },
    body: body && JSON.stringify({ messaging_product: "whatsapp", ...body }),
  });
  const answer: any = await reply.json();
  return reply.ok ? answer : answer.error.code;
}

const write = (to: string, body: string) => ask("POST", `${NUMBER}/messages`, { to, type: "text", text: { body } });

async function take(field: string, value: Value) {
  for (const { from, type, text } of (field === "messages" && value.messages) || []) {
    if (type !== "text") continue;
    console.log("the user wrote");
    if (/\bcall\b/i.test(text!.body)) {
      await write(from, "A colleague will ring you. May we?");
      // From here on the thread is the calling partner's: its messages reach the user, ours would be refused with 131070.
      const pass = { to: from, action: "pass", metadata: "wants a call", control_pass: { target_role: "escalation" } };
      const passed = await ask("POST", `${NUMBER}/thread_control`, pass);
      console.log("passed:", passed.request_id ? "done" : passed);
      console.log("writing into it:", await write(from, "Still here?"));
    } else {
      await write(from, "How can we help? Say CALL and we ring you.");
    }
  }
  if (field === "messaging_handovers" && value.control_passed) {
    console.log(`back as ${value.control_passed.new_owner_role}:`, value.control_passed.metadata);
    await write(value.sender!.phone_number, "Is there anything else?");
  }
  if (field === "standby") console.log("standby:", Object.keys(value.standby!).filter((what) => what !== "contacts").join());
}

// One thing after the other, as the webhooks came.
let before = Promise.resolve();

async function webhook(request: IncomingMessage, reply: ServerResponse) {
  const { searchParams: query } = new URL(request.url!, "http://here");
  if (request.method === "GET") {
    const known = query.get("hub.verify_token") === VERIFY_TOKEN;
    return void reply.writeHead(known ? 200 : 403).end(known ? query.get("hub.challenge") : "");
  }
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const expected = Buffer.from(`sha256=${createHmac("sha256", APP_SECRET!).update(body).digest("hex")}`);
  const signature = Buffer.from(String(request.headers["x-hub-signature-256"] ?? ""));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return void reply.writeHead(401).end();
  reply.writeHead(200).end();
  for (const { changes } of JSON.parse(body.toString()).entry) {
    for (const { field, value } of changes) before = before.then(() => take(field, value)).catch(console.error);
  }
}

createServer(webhook).listen(Number(PORT), "127.0.0.1", async () => {
  console.log(`listening on http://127.0.0.1:${PORT}/hook`);
  const { roles, is_standby } = await ask("GET", `${NUMBER}/routing_roles`);
  console.log(`roles: ${roles.join()}, standby: ${is_standby}`);
});
