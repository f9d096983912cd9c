/** Microphones and speakers of this device: what may be chosen in a call, and what was chosen before. */

export interface AudioDevice {
  id: string;
  label: string;
}

export type Role = "microphone" | "speaker";

export interface AudioDevices {
  microphones: AudioDevice[];
  speakers: AudioDevice[];
  /** In use, as far as the browser tells. */
  microphone?: string;
  speaker?: string;
}

export const NO_DEVICES: AudioDevices = { microphones: [], speakers: [] };

/** More than anybody scrolls through; a virtual sound card may offer hundreds. */
const MAX_LISTED = 32;
/** What browsers call the one that the system chose. */
const DEFAULT = "default";
/** Windows' second default, which is one of the others under another name. */
const COMMUNICATIONS = "communications";

type Info = Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">;

/** What may be chosen. Before the microphone was allowed, browsers hide the ids: then there is nothing to choose. */
export function choosable(infos: readonly Info[]): Pick<AudioDevices, "microphones" | "speakers"> {
  const of = (kind: Info["kind"], word: string) =>
    infos
      .filter((info) => info.kind === kind && info.deviceId !== "" && info.deviceId !== COMMUNICATIONS)
      .slice(0, MAX_LISTED)
      .map(({ deviceId, label }, place) => ({ id: deviceId, label: named(deviceId, label, `${word} ${place + 1}`) }));
  return { microphones: of("audioinput", "Microphone"), speakers: of("audiooutput", "Speaker") };
}

/** The default first says that it is, whatever language the browser names it in. */
function named(id: string, label: string, otherwise: string): string {
  const plain = label.trim();
  if (id !== DEFAULT) return plain || otherwise;
  const device = plain.replace(/^[^-–—]{1,24}\s[-–—]\s/, "");
  return device && device.toLowerCase() !== DEFAULT ? `System default (${device})` : "System default";
}

/** The one that plays when nothing else was chosen. */
export const defaultOf = (devices: AudioDevice[]): string | undefined =>
  devices.find((device) => device.id === DEFAULT)?.id ?? devices[0]?.id;

/** Where a browser lets a page choose, which not all do. */
export const speakersCanBeChosen = (): boolean => typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;

const key = (role: Role): string => `callport.${role}`;

/** What was chosen on this device in an earlier call. */
export const preferred = (role: Role): string | undefined => localStorage.getItem(key(role)) ?? undefined;

export const prefer = (role: Role, id: string): void => localStorage.setItem(key(role), id);
