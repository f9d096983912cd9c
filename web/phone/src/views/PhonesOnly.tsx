import { PHONES_ONLY } from "../words";
import { InfoIcon } from "./icons";

/** On a device without calls: what works here. */
export const PhonesOnly = () => (
  <p class="note note-flat">
    <InfoIcon />
    <span>{PHONES_ONLY}</span>
  </p>
);
