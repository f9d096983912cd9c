// A backend that answers every call and plays the caller's own voice back.
//
// APP_SECRET=… VERIFY_TOKEN=… ACCESS_TOKEN=… GRAPH_URL=http://127.0.0.1:8080 npm run answer

import wrtc from "@roamhq/wrtc";
import { type Call, type Session, post, reached, serve } from "./webhooks.js";

const { RTCAudioSink, RTCAudioSource } = wrtc.nonstandard;
const calls = new Map<string, RTCPeerConnection>();

serve((field, value) => {
  if (field !== "calls") return;
  for (const call of value.calls ?? []) {
    if (call.event === "connect" && !calls.has(call.id)) {
      // a webhook may come twice
      answer(value.metadata.phone_number_id, call).catch((error) => console.error("the call could not be answered:", error));
    } else if (call.event === "terminate") {
      console.log(`over: ${call.status}, ${call.duration ?? 0} s`);
      calls.get(call.id)?.close();
      calls.delete(call.id);
    }
  }
});

async function answer(number: string, call: Call) {
  const peer: RTCPeerConnection = new wrtc.RTCPeerConnection();
  calls.set(call.id, peer);

  // What the caller says is what the caller hears.
  const voice = new RTCAudioSource();
  peer.addTrack(voice.createTrack());
  peer.ontrack = ({ track }) => {
    new RTCAudioSink(track).ondata = (heard: { samples: Int16Array; sampleRate: number }) => voice.onData(heard);
  };

  await peer.setRemoteDescription({ type: "offer", sdp: call.session!.sdp });
  await peer.setLocalDescription(await peer.createAnswer());
  const session: Session = { sdp_type: "answer", sdp: peer.localDescription!.sdp };

  // pre_accept opens the media path while the phone still rings, so that no first word is cut off.
  if (await said(number, call, "pre_accept", session)) {
    await reached(peer, "connectionstatechange", () => peer.connectionState === "connected");
    await said(number, call, "accept", session);
  }
}

async function said(number: string, call: Call, action: string, session: Session) {
  const { status, reply } = await post(`${number}/calls`, { call_id: call.id, action, session });
  console.log(action, status, status === 200 ? "" : reply.error.error_data.details);
  return status === 200;
}
