// The provider's onboarding. Points the webhooks of a tenant's account at the tenant, and forwards what an override cannot move.
//
// APP_ID=… APP_SECRET=… VERIFY_TOKEN=… PARTNER_SECRET=… PORT=9001 GRAPH_URL=http://127.0.0.1:8080 node --import tsx onboarding.ts

import { GRAPH, changes, post, serve, sign } from "./webhooks.js";

const { APP_ID, APP_SECRET, VERIFY_TOKEN, PARTNER_SECRET, PORT = "9001" } = process.env;

/** What a tenant says when it signs up: where its webhooks shall go, and the token that Embedded Signup made for its account. */
type SignUp = { waba_id: string; token: string; webhook_url: string; verify_token: string; lifecycle_url: string };
const tenants = new Map<string, SignUp>();

/** One tenant for each account: an override of the account is one URL for all its numbers. */
async function onboard(asked: SignUp) {
  const known = tenants.get(asked.waba_id);
  if (known && known.webhook_url !== asked.webhook_url) return { error: "waba_webhook_conflict" };
  const account = `${GRAPH}/${asked.waba_id}/subscribed_apps`;
  await post(account, asked.token, {});
  const override = { override_callback_uri: asked.webhook_url, verify_token: asked.verify_token };
  const { status, reply } = await post(account, asked.token, override);
  if (status !== 200) return { error: reply.error.error_data?.details ?? reply.error.message };
  tenants.set(asked.waba_id, asked);
  console.log(`tenant of ${asked.waba_id}: webhooks go to ${asked.webhook_url}`);
  return { success: true };
}

/** Our own callback gets what no override moves: templates and account updates. It is passed on, signed with the secret that partners share. */
async function forward(body: any, raw: Buffer) {
  for (const { field } of changes(body)) console.log(`own callback: ${field}`);
  const tenant = tenants.get(body.entry[0].id) ?? [...tenants.values()][0];
  if (!tenant) return;
  const headers = { "Content-Type": "application/json", "X-Provider-Signature": sign(PARTNER_SECRET!, raw) };
  await fetch(tenant.lifecycle_url, { method: "POST", headers, body: raw.toString() }).catch(console.error);
}

const port = Number(PORT);
await serve(port, {
  "/hook": { verifyToken: VERIFY_TOKEN, secret: APP_SECRET, take: forward },
  "/tenants": { take: onboard },
});
console.log(`listening on http://127.0.0.1:${port}/hook`);

// The provider's app subscribes to `calls` once, or no tenant would be told of calls.
const subscription = {
  object: "whatsapp_business_account",
  callback_url: `http://127.0.0.1:${port}/hook`,
  verify_token: VERIFY_TOKEN,
  fields: "calls,messages,account_update,message_template_status_update",
};
const { status } = await post(`${GRAPH}/${APP_ID}/subscriptions`, `${APP_ID}|${APP_SECRET}`, subscription);
console.log(`subscribed: ${status}`);
