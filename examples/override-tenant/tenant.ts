// The tenant. Its calls and messages come straight from the platform, its settings by an app of its own, all else by the provider.
//
// WABA_ID=… ACCESS_TOKEN=… OWN_APP_ID=… OWN_APP_SECRET=… OWN_TOKEN=… VERIFY_TOKEN=… PARTNER_SECRET=… ONBOARDING_URL=http://127.0.0.1:9001/tenants
// PORT=9002 GRAPH_URL=http://127.0.0.1:8080 node --import tsx tenant.ts

import { createRequire } from "node:module";
import { GRAPH, changes, post, serve } from "./webhooks.js";

// The WebRTC library is installed beside the other examples.
const wrtc = createRequire(new URL("../typescript/package.json", import.meta.url))("@roamhq/wrtc");

const env = process.env;
const { PORT = "9002", VERIFY_TOKEN } = env;
const here = `http://127.0.0.1:${PORT}`;
const calls = new Map<string, RTCPeerConnection>();

function direct(body: any) {
  for (const { field, value } of changes(body)) {
    for (const message of value.messages ?? []) console.log(`direct: ${field} ${message.type}`);
    for (const call of value.calls ?? []) {
      console.log(`direct: ${field} ${call.event}`);
      if (call.event === "connect" && !calls.has(call.id)) answer(value.metadata.phone_number_id, call).catch(console.error);
      if (call.event === "terminate") {
        calls.get(call.id)?.close();
        console.log(`over: ${call.status}`);
      }
    }
  }
}

/** Answers with the caller's own voice, as ../typescript/answer.ts does. */
async function answer(number: string, call: any) {
  const peer: RTCPeerConnection = new wrtc.RTCPeerConnection();
  calls.set(call.id, peer);
  const voice = new wrtc.nonstandard.RTCAudioSource();
  peer.addTrack(voice.createTrack());
  peer.ontrack = ({ track }) => {
    new wrtc.nonstandard.RTCAudioSink(track).ondata = (heard: object) => voice.onData(heard);
  };
  const up = new Promise<void>((resolve) => {
    peer.addEventListener("connectionstatechange", () => peer.connectionState === "connected" && resolve());
  });
  await peer.setRemoteDescription({ type: "offer", sdp: call.session.sdp });
  await peer.setLocalDescription(await peer.createAnswer());
  const session = { sdp_type: "answer", sdp: peer.localDescription!.sdp };
  const act = async (action: string) => {
    const body = { messaging_product: "whatsapp", call_id: call.id, action, session };
    const { status } = await post(`${GRAPH}/${number}/calls`, env.ACCESS_TOKEN, body);
    console.log(action, status);
    return status === 200;
  };
  if (await act("pre_accept")) {
    await up;
    await act("accept");
  }
}

const told = (how: string) => (body: any) => changes(body).forEach(({ field }) => console.log(`${how}: ${field}`));

await serve(Number(PORT), {
  // Signed with the secret of the provider's app. Without being given it, a tenant trusts that nobody else knows this address.
  "/wa": { verifyToken: VERIFY_TOKEN, secret: env.PROVIDER_APP_SECRET, take: direct },
  "/own": { verifyToken: VERIFY_TOKEN, secret: env.OWN_APP_SECRET, take: told("own app") },
  "/lifecycle": { secret: env.PARTNER_SECRET, header: "x-provider-signature", take: told("forwarded") },
});
console.log(`listening on ${here}/wa`);

// Its own app, for what the provider does not subscribe to.
const fields = { object: "whatsapp_business_account", callback_url: `${here}/own`, verify_token: VERIFY_TOKEN, fields: "account_settings_update" };
await post(`${GRAPH}/${env.OWN_APP_ID}/subscriptions`, `${env.OWN_APP_ID}|${env.OWN_APP_SECRET}`, fields);
const own = await post(`${GRAPH}/${env.WABA_ID}/subscribed_apps`, env.OWN_TOKEN, {});
console.log(`own app subscribed: ${own.status}`);

const signUp = { waba_id: env.WABA_ID, token: env.ACCESS_TOKEN, webhook_url: `${here}/wa`, verify_token: VERIFY_TOKEN, lifecycle_url: `${here}/lifecycle` };
const { reply } = await post(env.ONBOARDING_URL!, undefined, signUp);
console.log(`signed up: ${reply.success ?? reply.error}`);
