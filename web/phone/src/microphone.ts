/** Getting a microphone of the browser, and what stands in the way. */

import { preferred } from "./devices";
import type { MicTrouble } from "./words";

export class MicrophoneError extends Error {
  constructor(readonly trouble: MicTrouble) {
    super(`microphone: ${trouble}`);
  }
}

const SOUND: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

/** What stands in the way before the browser is even asked. */
export function obstacle(): MicTrouble | undefined {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia || typeof RTCPeerConnection === "undefined") return "unsupported";
  return undefined;
}

export function troubleOf(error: unknown): MicTrouble {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unknown";
  }
}

/** The one of an earlier call, if it is there today. Asked for by its very id: a mere wish is not heeded everywhere. */
export async function chosenMicrophone(): Promise<MediaStreamTrack> {
  const chosen = preferred("microphone");
  if (chosen === undefined) return microphone({});
  try {
    return await microphone({ deviceId: { exact: chosen } });
  } catch (error) {
    if (error instanceof MicrophoneError && error.trouble === "denied") throw error;
    return microphone({});
  }
}

export async function microphone(which: MediaTrackConstraints): Promise<MediaStreamTrack> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { ...SOUND, ...which } });
    const track = stream.getAudioTracks()[0];
    if (track) return track;
  } catch (error) {
    throw new MicrophoneError(troubleOf(error));
  }
  throw new MicrophoneError("missing");
}
