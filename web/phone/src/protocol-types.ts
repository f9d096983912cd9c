// What page and server say to each other. Made from crates/phone/src/protocol; a test there says when this is out of date.

/**
 * A number and a name.
 */
export type Person = {
/**
 * Digits without `+`.
 */
number: string,
/**
 * As people write it.
 */
display: string,
/**
 * The name.
 */
name: string, };

/**
 * A reason: a stable word, and a sentence for the person.
 */
export type Why = {
/**
 * The word.
 */
reason: string,
/**
 * The sentence.
 */
text: string, };

/**
 * What a person can do about a business that takes no calls at this hour.
 */
export type Closed = {
/**
 * The moment it is here, in unix seconds: the clocks need not agree.
 */
now: number,
/**
 * When it takes calls next, in unix seconds; absent when that is not known.
 */
opens_at?: number,
/**
 * It can be asked to call back.
 */
callback: boolean, };

/**
 * A business on the list.
 */
export type Business = {
/**
 * Why the call icon is hidden; absent when it shows.
 */
icon_hidden?: Why,
/**
 * Whether a call from the call log or the keypad may be tried.
 */
callable_from_log: boolean,
/**
 * Digits without `+`.
 */
number: string,
/**
 * As people write it.
 */
display: string,
/**
 * The name.
 */
name: string, };

/**
 * Who called whom, in the published words.
 */
export type CallDirection = "user_initiated" | "business_initiated";

/**
 * What a session stands for.
 */
export type Device = "phone" | "companion" | "web" | "desktop";

/**
 * How a call ended, as a call log shows it.
 */
export type Outcome = "answered" | "not_answered" | "declined" | "cancelled" | "failed";

/**
 * What stopped a call from ringing in other windows.
 */
export type TakenHow = "answered" | "declined";

/**
 * A past call.
 */
export type Recent = {
/**
 * The call.
 */
call: string,
/**
 * Who called.
 */
direction: CallDirection,
/**
 * When it was placed, in unix seconds.
 */
at: number,
/**
 * What kind of end.
 */
outcome: Outcome,
/**
 * For the person.
 */
text: string,
/**
 * Whole seconds talked.
 */
duration?: number,
/**
 * Digits without `+`.
 */
number: string,
/**
 * As people write it.
 */
display: string,
/**
 * The name.
 */
name: string, };

/**
 * What the screen of a live call says.
 */
export type CallView = "incoming" | "calling" | "ringing" | "connected";

/**
 * A live call.
 */
export type LiveCall = {
/**
 * The call.
 */
call: string,
/**
 * Who called.
 */
direction: CallDirection,
/**
 * The page's id, when a page dialled it.
 */
dial?: string,
/**
 * What the screen says.
 */
view: CallView,
/**
 * Since it connected.
 */
elapsed_ms?: number,
/**
 * ICE and DTLS are up on both legs.
 */
path_open: boolean,
/**
 * RTP comes from both sides.
 */
audio_both_ways: boolean,
/**
 * The sound is in this window.
 */
here: boolean,
/**
 * Digits without `+`.
 */
number: string,
/**
 * As people write it.
 */
display: string,
/**
 * The name.
 */
name: string, };

/**
 * The three answers to a request for call permission (platform docs, Obtain user call permissions).
 */
export type Choice = "allow" | "allow_temporarily" | "deny";

/**
 * Whether a business may call. When a temporary permission is over, the server says so.
 */
export type Permission = { "kind": "none" } | { "kind": "temporary",
/**
 * In unix seconds.
 */
expires_at: number, } | { "kind": "permanent" };

/**
 * A button.
 */
export type Button = { "kind": "call",
/**
 * On it.
 */
text: string,
/**
 * For how long it works still; 0 when it is over.
 */
expires_in_ms: number, } | { "kind": "url",
/**
 * On it.
 */
text: string,
/**
 * `http` or `https`.
 */
url: string, } | { "kind": "reply",
/**
 * On it.
 */
text: string, };

/**
 * A request for call permission.
 */
export type Card = {
/**
 * It can be answered, and the answer changed.
 */
answerable: boolean,
/**
 * The last answer.
 */
choice?: Choice,
/**
 * For how long it can be answered still.
 */
answerable_for_ms?: number, };

/**
 * Who speaks.
 */
export type Author = "business" | "user" | "system";

/**
 * How far a message of the person came.
 */
export type MessageStatus = "sent" | "read";

/**
 * A message.
 */
export type Message = {
/**
 * Its id.
 */
id: string,
/**
 * Who speaks.
 */
from: Author,
/**
 * In unix seconds.
 */
at: number,
/**
 * Above the text.
 */
header?: string,
/**
 * The text.
 */
body?: string,
/**
 * Below the text.
 */
footer?: string,
/**
 * In order.
 */
buttons?: Array<Button>,
/**
 * It asks for call permission.
 */
card?: Card,
/**
 * How far a message of the person came.
 */
status?: MessageStatus,
/**
 * A message of the business was on a screen of the person.
 */
seen?: boolean, };

/**
 * One chat.
 */
export type Chat = {
/**
 * The newest, oldest first.
 */
messages: Array<Message>,
/**
 * There are older ones.
 */
more: boolean,
/**
 * Whether the business may call.
 */
permission: Permission,
/**
 * The person blocks the business: nothing comes from it, and nothing goes to it.
 */
blocked: boolean,
/**
 * Messages of the business that were not seen.
 */
unread: number,
/**
 * Digits without `+`.
 */
number: string,
/**
 * As people write it.
 */
display: string,
/**
 * The name.
 */
name: string, };

/**
 * What was tapped to call. A message or a payload says more than this: then it was a button or a link.
 */
export type Entry = "icon" | "call_log" | "deep_link";

/**
 * A wish to call.
 */
export type Dial = {
/**
 * Made by the page: 1 to [`MAX_PAGE_ID`](super::MAX_PAGE_ID) letters, digits or `-`.
 */
dial: string,
/**
 * The business, as digits with or without `+`.
 */
number: string,
/**
 * What was tapped.
 */
entry: Entry,
/**
 * The page's SDP offer.
 */
offer: string,
/**
 * `biz_payload` of the deep link that led here.
 */
deeplink_payload?: string,
/**
 * The message whose call button was tapped. Its payload is known here and goes with the call.
 */
message?: string, };

/**
 * What a page says.
 */
export type ClientMessage = { "type": "dial" } & Dial | { "type": "cancel",
/**
 * The page's id of it.
 */
dial: string, } | { "type": "ringing",
/**
 * The call.
 */
call: string, } | { "type": "answer",
/**
 * The call.
 */
call: string,
/**
 * The page's SDP offer.
 */
offer: string, } | { "type": "decline",
/**
 * The call.
 */
call: string, } | { "type": "hang_up",
/**
 * The call.
 */
call: string, } | { "type": "digit",
/**
 * The call.
 */
call: string,
/**
 * One character.
 */
digit: string, } | { "type": "rejoin",
/**
 * The call.
 */
call: string,
/**
 * Counts this window's rejoins; echoed.
 */
attempt: number,
/**
 * A new SDP offer.
 */
offer: string, } | { "type": "say",
/**
 * Made by the page, like a dial's: the same id again is the same message.
 */
id: string,
/**
 * The business, as digits.
 */
number: string,
/**
 * 1 to 4,096 characters.
 */
text: string, } | { "type": "delivered",
/**
 * The message.
 */
message: string, } | { "type": "read",
/**
 * The message.
 */
message: string, } | { "type": "permit",
/**
 * The message that asks.
 */
message: string,
/**
 * The answer.
 */
choice: Choice, } | { "type": "set_permission",
/**
 * The business, as digits.
 */
number: string,
/**
 * `deny` takes a permission back.
 */
choice: Choice, } | { "type": "request_callback",
/**
 * The business, as digits.
 */
number: string, } | { "type": "report",
/**
 * The call.
 */
call: string, } | { "type": "block",
/**
 * The business, as digits.
 */
number: string,
/**
 * As it is to be.
 */
blocked: boolean, } | { "type": "tap",
/**
 * The message that holds it.
 */
message: string,
/**
 * Its place among the buttons, from 0.
 */
button: number, } | { "type": "chat",
/**
 * The business, as digits.
 */
number: string,
/**
 * The oldest message that the page has; absent: the newest ones.
 */
before?: string, } | { "type": "ping" };

/**
 * Everything that a window shows.
 */
export type Hello = {
/**
 * Whose phone it is.
 */
user: Person,
/**
 * What this window's session stands for.
 */
device: Device,
/**
 * The businesses that can be seen.
 */
businesses: Array<Business>,
/**
 * The call log, newest first.
 */
recents: Array<Recent>,
/**
 * The live call of this person, in whichever window its sound is. Never on a device that cannot call.
 */
call?: LiveCall,
/**
 * Every chat, with its newest messages.
 */
chats: Array<Chat>, };

/**
 * What the server says.
 */
export type ServerMessage = { "type": "hello" } & Hello | { "type": "businesses",
/**
 * All of them.
 */
businesses: Array<Business>, } | { "type": "recent",
/**
 * The line.
 */
recent: Recent, } | { "type": "dialled",
/**
 * The page's id.
 */
dial: string,
/**
 * The call.
 */
call: string,
/**
 * The SDP answer.
 */
answer: string, } | { "type": "refused",
/**
 * The page's id.
 */
dial: string,
/**
 * A stable word.
 */
reason: string,
/**
 * For the person.
 */
text: string,
/**
 * The business takes no calls at this hour.
 */
closed?: Closed, } | { "type": "incoming",
/**
 * The call.
 */
call: string,
/**
 * Digits without `+`.
 */
number: string,
/**
 * As people write it.
 */
display: string,
/**
 * The name.
 */
name: string, } | { "type": "answered",
/**
 * The call.
 */
call: string,
/**
 * The SDP answer.
 */
answer: string, } | { "type": "answer_refused",
/**
 * The call.
 */
call: string,
/**
 * A stable word.
 */
reason: string,
/**
 * For the person.
 */
text: string, } | { "type": "taken",
/**
 * The call.
 */
call: string,
/**
 * Which of the two.
 */
how: TakenHow, } | { "type": "calling",
/**
 * The call.
 */
call: string, } | { "type": "ringing",
/**
 * The call.
 */
call: string, } | { "type": "connected",
/**
 * The call.
 */
call: string,
/**
 * For how long already. Not a moment: the clocks need not agree.
 */
elapsed_ms: number, } | { "type": "media",
/**
 * The call.
 */
call: string,
/**
 * ICE and DTLS are up on both legs.
 */
path_open: boolean,
/**
 * RTP comes from both sides.
 */
audio_both_ways: boolean, } | { "type": "ended",
/**
 * The call.
 */
call: string,
/**
 * A stable word.
 */
reason: string,
/**
 * What kind of end.
 */
outcome: Outcome,
/**
 * For the person.
 */
text: string,
/**
 * Whole seconds talked; absent when it was not picked up.
 */
duration?: number, } | { "type": "rejoined",
/**
 * The call.
 */
call: string,
/**
 * As asked.
 */
attempt: number,
/**
 * The SDP answer.
 */
answer: string, } | { "type": "rejoin_refused",
/**
 * The call.
 */
call: string,
/**
 * As asked.
 */
attempt: number,
/**
 * A stable word.
 */
reason: string,
/**
 * For the person.
 */
text: string, } | { "type": "moved",
/**
 * The call.
 */
call: string, } | { "type": "message",
/**
 * The business, as digits.
 */
number: string,
/**
 * As it is now.
 */
message: Message,
/**
 * The page's id of what it said; to the window that said it only.
 */
echo?: string, } | { "type": "not_sent",
/**
 * The page's id.
 */
id: string,
/**
 * A stable word.
 */
reason: string,
/**
 * For the person.
 */
text: string, } | { "type": "permission",
/**
 * The business, as digits.
 */
number: string,
/**
 * As it is now.
 */
permission: Permission, } | { "type": "blocked",
/**
 * The business, as digits.
 */
number: string,
/**
 * As it is now.
 */
blocked: boolean, } | { "type": "reported",
/**
 * The call.
 */
call: string, } | { "type": "chat",
/**
 * The business, as digits.
 */
number: string,
/**
 * Oldest first.
 */
messages: Array<Message>,
/**
 * There are older ones still.
 */
more: boolean, } | { "type": "problem",
/**
 * A stable word.
 */
reason: string,
/**
 * For the person.
 */
text: string, } | { "type": "signed_out" } | { "type": "pong" };
