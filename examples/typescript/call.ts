// A backend that calls a user, asking for permission first where there is none, and plays a tone for three seconds.
//
// APP_SECRET=… VERIFY_TOKEN=… ACCESS_TOKEN=… PHONE_NUMBER_ID=4001 GRAPH_URL=http://127.0.0.1:8080 npm run call -- +5511955501234

import { EventEmitter, on } from "node:events";
import wrtc from "@roamhq/wrtc";
import { type Call, post, reached, serve } from "./webhooks.js";

const NUMBER = process.env.PHONE_NUMBER_ID;
const NO_PERMISSION = 138006;
const to = process.argv[2];

type Event = [name: string, what: Partial<Call>];

// What the webhooks tell of calls and permissions, in the order of their arrival.
const told = new EventEmitter();
const events = on(told, "event") as AsyncIterableIterator<Event>;
serve((field, value) => {
  const replies = (value.messages ?? []).flatMap((message) => message.interactive?.call_permission_reply ?? []);
  for (const reply of replies) told.emit("event", reply.response, reply);
  for (const call of (field === "calls" && value.calls) || []) told.emit("event", call.event, call);
  for (const status of (field === "calls" && value.statuses) || []) told.emit("event", status.status, status);
});

async function next(...wanted: string[]): Promise<Event> {
  for (;;) {
    const event: Event = (await events.next()).value;
    console.log(event[0]);
    if (wanted.includes(event[0])) return event;
  }
}

/** A tone of 800 Hz, in the frames of 10 ms that the library wants. */
function tone() {
  const source = new wrtc.nonstandard.RTCAudioSource();
  let at = 0;
  setInterval(() => {
    const samples = Int16Array.from({ length: 480 }, () => 12000 * Math.sin((2 * Math.PI * 800 * at++) / 48000));
    source.onData({ samples, sampleRate: 48000 });
  }, 10);
  return source.createTrack();
}

async function connect(peer: RTCPeerConnection): Promise<number | undefined> {
  const session = { sdp_type: "offer", sdp: peer.localDescription!.sdp };
  const { status, reply } = await post(`${NUMBER}/calls`, { action: "connect", to, session });
  console.log("connect", status, status === 200 ? "" : reply.error.message);
  return status === 200 ? undefined : reply.error.code;
}

/** Asks in the chat and waits for the user's answer. Outside the 24-hour window a template has to do this. */
async function ask() {
  const words = { type: "call_permission_request", action: { name: "call_permission_request" }, body: { text: "May we phone you?" } };
  const { status, reply } = await post(`${NUMBER}/messages`, { to, type: "interactive", interactive: words });
  if (status !== 200) throw new Error(reply.error.message);
  return (await next("accept", "reject"))[0] === "accept";
}

const peer: RTCPeerConnection = new wrtc.RTCPeerConnection();
peer.addTrack(tone());
await peer.setLocalDescription(await peer.createOffer());
await reached(peer, "icegatheringstatechange", () => peer.iceGatheringState === "complete");

let refused = await connect(peer);
if (refused === NO_PERMISSION && (await ask())) refused = await connect(peer);
if (refused) process.exit(1);

const [, answered] = await next("connect");
await peer.setRemoteDescription({ type: "answer", sdp: answered.session!.sdp });
let [ending, call] = await next("ACCEPTED", "terminate");
const pickedUp = ending === "ACCEPTED";
if (pickedUp) {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await post(`${NUMBER}/calls`, { call_id: call.id, action: "terminate" });
  [ending, call] = await next("terminate");
}
console.log("over:", call.status);
peer.close();
process.exit(pickedUp ? 0 : 3);
