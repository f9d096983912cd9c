/** The one state that the views draw. */

import type { Me } from "./account";
import type { Notify } from "./alerts";
import type { CallState } from "./call-state";
import { type Chats, NO_CHATS } from "./chats";
import { type AudioDevices, NO_DEVICES } from "./devices";
import { type Figures, NO_FIGURES } from "./figures";
import type { Business, Device, LiveCall, Person, Recent } from "./protocol";
import type { Reports } from "./reports";
import type { Route } from "./route";
import type { Link } from "./signalling";

export interface AppState {
  /** `unknown` until the server said who we are. */
  account: "unknown" | "unreachable" | "signed_out" | "signed_in";
  signUp: Me["sign_up"];
  user?: Person;
  device: Device;
  /** Absent until the first `hello`. */
  businesses?: Business[];
  recents: Recent[];
  chats: Chats;
  /** Calls that were reported here. */
  reports: Reports;
  link: Link;
  route: Route;
  /** Where the person was before, for the way back. */
  before?: Route;
  call?: CallState;
  /** A live call of this person whose sound is in another window. */
  elsewhere?: LiveCall;
  figures: Figures;
  devices: AudioDevices;
  soundBlocked: boolean;
  /** The browser keeps the ring tone back until the page is touched. */
  ringBlocked: boolean;
  notify: Notify;
  /** The person does not want to be asked for notifications. */
  quiet: boolean;
  /** The browser would put this page among the programs of the device. */
  installable: boolean;
  /** Calls that were missed since the call log was last looked at. */
  missed: number;
  /** For screen readers. */
  announcement: string;
  notice?: string;
}

export const begin = (route: Route, quiet: boolean): AppState => ({
  account: "unknown",
  signUp: "open",
  device: "phone",
  recents: [],
  chats: NO_CHATS,
  reports: new Map(),
  link: "closed",
  route,
  figures: NO_FIGURES,
  devices: NO_DEVICES,
  soundBlocked: false,
  ringBlocked: false,
  notify: "default",
  quiet,
  installable: false,
  missed: 0,
  announcement: "",
});

/** Web and desktop are for chatting. */
export const mayCall = ({ device }: AppState): boolean => device === "phone" || device === "companion";
