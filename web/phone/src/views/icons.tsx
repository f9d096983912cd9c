/** Line icons, drawn for this page. Decorative: the button that holds one carries the name. */

import type { ComponentChildren } from "preact";

/** `turns`: it points along the line, and turns with the direction of the page. */
const Icon = ({ children, fill = false, turns = false }: { children: ComponentChildren; fill?: boolean; turns?: boolean }) => (
  <svg
    class={turns ? "icon icon-turns" : "icon"}
    viewBox="0 0 24 24"
    aria-hidden="true"
    fill={fill ? "currentColor" : "none"}
    stroke={fill ? "none" : "currentColor"}
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
  >
    {children}
  </svg>
);

const HANDSET =
  "M6.9 3.6 9 3.1a1.7 1.7 0 0 1 2 1.1l.9 2.6a1.7 1.7 0 0 1-.5 1.8L9.9 9.9a13 13 0 0 0 4.2 4.2l1.3-1.5a1.7 1.7 0 0 1 1.8-.5l2.6.9a1.7 1.7 0 0 1 1.1 2l-.5 2.1a2.6 2.6 0 0 1-2.7 2A15.6 15.6 0 0 1 4.9 6.3a2.6 2.6 0 0 1 2-2.7Z";

export const CallIcon = () => (
  <Icon fill>
    <path d={HANDSET} />
  </Icon>
);
export const HangUpIcon = () => (
  <Icon fill>
    <path d="M12 8.4c-3.3 0-6.3 1-8.6 2.8-.8.6-1 1.7-.6 2.6l.8 1.7c.4.8 1.3 1.2 2.2.9l2.3-.8c.7-.2 1.2-.9 1.2-1.6v-1.5a10 10 0 0 1 5.4 0V14c0 .7.5 1.4 1.2 1.6l2.3.8c.9.3 1.8-.1 2.2-.9l.8-1.7c.4-.9.2-2-.6-2.6A14.3 14.3 0 0 0 12 8.4Z" />
  </Icon>
);
export const MicIcon = () => (
  <Icon>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
  </Icon>
);
export const MicOffIcon = () => (
  <Icon>
    <path d="M15 10.5V6a3 3 0 0 0-5.7-1.3M9 9v2a3 3 0 0 0 4.6 2.5M5.5 11.5a6.5 6.5 0 0 0 10.4 5.2M18.5 11.5c0 .8-.1 1.5-.4 2.2M12 18v3M4 3l16 18" />
  </Icon>
);
export const KeypadIcon = () => (
  <Icon fill>
    {[5, 12, 19].flatMap((y) => [5, 12, 19].map((x) => <circle cx={x} cy={y} r="2.1" />))}
  </Icon>
);
export const StoreIcon = () => (
  <Icon>
    <path d="M4 10v9.5h16V10M3 9.2 5 4h14l2 5.2a2.9 2.9 0 0 1-5.8.4 3.2 3.2 0 0 1-6.4 0A2.9 2.9 0 0 1 3 9.2ZM9.5 19.500v-5h5v5" />
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7v5l3.3 2" />
  </Icon>
);
export const BackIcon = () => (
  <Icon turns>
    <path d="M15 5l-7 7 7 7" />
  </Icon>
);
export const EraseIcon = () => (
  <Icon turns>
    <path d="M9 6h11v12H9l-5.5-6L9 6ZM12.5 9.700l4.6 4.600M17.1 9.700l-4.6 4.6" />
  </Icon>
);
export const InfoIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 11v5M12 7.800v.1" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="11" cy="11" r="6.5" />
    <path d="M16 16l4.5 4.5" />
  </Icon>
);
export const OutgoingIcon = () => (
  <Icon turns>
    <path d="M7 17 17 7M9 7h8v8" />
  </Icon>
);
export const IncomingIcon = () => (
  <Icon turns>
    <path d="M17 7 7 17M15 17H7V9" />
  </Icon>
);
export const ChatIcon = () => (
  <Icon>
    <path d="M20 11.500c0 4-3.600 7.200-8 7.200-1.100 0-2.200-.2-3.100-.55L4.500 19.500l1.200-3.400A6.800 6.800 0 0 1 4 11.500c0-4 3.600-7.200 8-7.200s8 3.200 8 7.200Z" />
  </Icon>
);
export const SendIcon = () => (
  <Icon fill turns>
    <path d="M4.200 19.300c-.5.9.2 1.300 1 .9l15-7.300c.8-.4.8-1.400 0-1.800l-15-7.300c-.8-.4-1.500 0-1 .9L7.200 11l7 1-7 1Z" />
  </Icon>
);
export const TickIcon = () => (
  <Icon>
    <path d="M5 12.500l4.500 4.500L19 7.500" />
  </Icon>
);
export const TicksIcon = () => (
  <Icon>
    <path d="M2 12.500l4.500 4.500L16 7.500M11.500 16.500l.5.5L21.500 7.500" />
  </Icon>
);
export const LinkIcon = () => (
  <Icon>
    <path d="M14 5h5v5M19 5l-8 8M10 6H6a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-4" />
  </Icon>
);
export const ReplyIcon = () => (
  <Icon turns>
    <path d="M9.500 6 4.500 11l5 5M5 11h8.500c3.600 0 6 2.400 6 6.500" />
  </Icon>
);
export const BellIcon = () => (
  <Icon>
    <path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15ZM10 20.500h4" />
  </Icon>
);
export const MissedIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6 6 18" />
  </Icon>
);
export const SoundIcon = () => (
  <Icon>
    <path d="M4 9.500v5h3.500L12 18.500v-13L7.5 9.500H4ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <path d="M9 8.500h9a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1v-10a1 1 0 0 1 1-1ZM5 15.500V4.500a1 1 0 0 1 1-1h9" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="M6.500 6.500l11 11M17.500 6.500l-11 11" />
  </Icon>
);
export const InstallIcon = () => (
  <Icon>
    <path d="M12 4v10.500M8 11l4 4 4-4M5 19.500h14" />
  </Icon>
);
export const FlagIcon = () => (
  <Icon>
    <path d="M6 20V4.500c3.200-1.600 6.300 1.600 12 0v8.500c-5.700 1.600-8.800-1.600-12 0" />
  </Icon>
);
export const BlockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M6 6l12 12" />
  </Icon>
);
export const MarkIcon = () => (
  <svg class="mark" viewBox="0 0 64 64" aria-hidden="true">
    <rect width="64" height="64" rx="18" class="mark-ground" />
    <path d="M18 38a14 14 0 0 1 28 0" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" />
    <path d="M10 38a22 22 0 0 1 44 0" fill="none" stroke="#fff" stroke-opacity=".45" stroke-width="4" stroke-linecap="round" />
    <circle cx="32" cy="40" r="5" fill="#ffd28a" />
  </svg>
);
