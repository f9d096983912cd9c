import { describe, expect, it } from "vitest";
import { type ChatEvent, type Chats, MAX_HELD, MAX_OUTGOING, NO_CHATS, type Talk, chatStep } from "./chats";
import { type Chat, type ClientMessage, MAX_TEXT, type Message, type ServerMessage } from "./protocol";

const acme = { number: "6281255509999", display: "+62 812-5550-9999", name: "Acme" };
const { number } = acme;
const NOW = 1_795_000_000_000;

const from = (id: string, at: number, more: Partial<Message> = {}): Message => ({ id, from: "business", at, body: id, seen: false, ...more });
const chat = (messages: Message[], more: Partial<Chat> = {}): Chat => ({
  ...acme,
  messages,
  more: false,
  permission: { kind: "none" },
  blocked: false,
  unread: messages.filter((one) => one.seen === false).length,
  ...more,
});
const said = (message: ServerMessage): ChatEvent => ({ on: "message", message, now: NOW });
const hello = (...chats: Chat[]) => said({ type: "hello", user: acme, businesses: [], recents: [], device: "phone", chats });
const news = (message: Message, echo?: string) => said({ type: "message", number, message, ...(echo !== undefined && { echo }) });
const looks: ChatEvent = { on: "look", number };
const away: ChatEvent = { on: "look" };
const says = (id: string, text = "Hello"): ChatEvent => ({ on: "say", id, peer: acme, text, now: NOW });

function run(...events: ChatEvent[]): { state: Chats; say: ClientMessage[] } {
  let state = NO_CHATS;
  let say: ClientMessage[] = [];
  for (const event of events) ({ state, say } = chatStep(state, event));
  return { state, say };
}
const talk = (state: Chats): Talk => state.talks.get(number) as Talk;
const ids = (state: Chats) => talk(state).messages.map((one) => one.id);
const marks = (say: ClientMessage[]) => say.map((one) => ("message" in one ? `${one.type} ${one.message}` : one.type));

describe("what comes", () => {
  it("is told to be delivered, once", () => {
    const { state, say } = run(hello(chat([from("a", 1), from("b", 2, { seen: true }), from("c", 3)])));
    expect(marks(say)).toEqual(["delivered a", "delivered c"]);
    expect(marks(chatStep(state, hello(chat([from("a", 1), from("d", 4)]))).say)).toEqual(["delivered d"]);
  });

  it("is read at once when its chat is on the screen, and nothing else is", () => {
    const { state, say } = run(hello(chat([])), looks, news(from("a", 1)));
    expect(marks(say)).toEqual(["read a"]);
    expect(talk(state)).toMatchObject({ unread: 0, messages: [{ seen: true }] });
    expect(marks(chatStep(state, said({ type: "message", number: "5511", message: from("x", 1) })).say)).toEqual(["delivered x"]);
  });

  it("waits to be read until somebody looks; the newest stands for all", () => {
    const before = run(hello(chat([from("a", 1)])), news(from("b", 2)), news(from("c", 3)));
    expect(talk(before.state).unread).toBe(3);
    const { state, say } = chatStep(before.state, looks);
    expect(marks(say)).toEqual(["read c"]);
    expect(talk(state).unread).toBe(0);
    expect(chatStep(state, away).say).toEqual([]);
  });

  it("counts the unread that are not loaded", () => {
    expect(talk(run(hello(chat([from("a", 1)], { unread: 70 })), news(from("b", 2))).state).unread).toBe(71);
  });

  it("is read when another device read something newer", () => {
    const { state } = run(hello(chat([from("a", 1), from("b", 2), from("c", 3)])), news(from("b", 2, { seen: true })));
    expect(talk(state).unread).toBe(1);
    expect(talk(state).messages.map((one) => one.seen)).toEqual([true, true, false]);
  });

  it("of the user or the system is never marked", () => {
    const { state, say } = run(hello(chat([])), news({ id: "s", from: "system", at: 1, body: "Hm" }), news({ id: "u", from: "user", at: 2, status: "sent" }), looks);
    expect(say).toEqual([]);
    expect(talk(state).unread).toBe(0);
  });

  it("stands in the order of its moments, the later of one second last", () => {
    expect(ids(run(hello(chat([from("b", 2), from("d", 4)])), news(from("c", 2)), news(from("a", 1)), news(from("e", 9))).state)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("changes in its place", () => {
    const { state } = run(hello(chat([from("a", 1), from("b", 2)])), news(from("a", 1, { body: "new" })));
    expect(talk(state).messages[0]).toMatchObject({ id: "a", body: "new", heard: NOW });
    expect(talk(state).unread).toBe(2);
  });

  it("comes from a business that no list had", () => {
    expect(talk(run(hello(), news(from("a", 1))).state).peer).toEqual({ number, display: `+${number}`, name: `+${number}` });
  });

  it("is held within a bound", () => {
    const many = Array.from({ length: MAX_HELD }, (_, n) => from(`m${n}`, n, { seen: true }));
    const { state } = run(hello(chat(many)), news(from("last", MAX_HELD, { seen: true })));
    expect(talk(state)).toMatchObject({ more: true });
    expect(ids(state)).toHaveLength(MAX_HELD);
    expect(ids(state).at(-1)).toBe("last");
  });
});

describe("older messages", () => {
  const start = [hello(chat([from("c", 3, { seen: true })], { more: true })), { on: "older", number } as ChatEvent];
  const reply = said({ type: "chat", number, messages: [from("a", 1), from("c", 3)], more: false });

  it("are asked for once, from the oldest that is held", () => {
    const { state, say } = run(...start);
    expect(say).toEqual([{ type: "chat", number, before: "c" }]);
    expect(chatStep(state, { on: "older", number }).say).toEqual([]);
  });

  it("come in above, without what is held already", () => {
    const { state } = run(...start, reply);
    expect(ids(state)).toEqual(["a", "c"]);
    expect(talk(state)).toMatchObject({ more: false, loading: false, unread: 0 });
    expect(chatStep(state, { on: "older", number }).say).toEqual([]);
  });

  it("stay when the socket comes back, as long as nothing is missing between", () => {
    const loaded = [...start, reply];
    const whole = run(...loaded, hello(chat([from("c", 3), from("d", 4)], { more: true }))).state;
    expect(ids(whole)).toEqual(["a", "c", "d"]);
    expect(talk(whole).more).toBe(false);
    const gap = run(...loaded, hello(chat([from("x", 8)], { more: true }))).state;
    expect(ids(gap)).toEqual(["x"]);
    expect(talk(gap).more).toBe(true);
  });

  it("can be asked for again after a reply that was lost", () => {
    const again = run(...start, hello(chat([from("c", 3)], { more: true })), { on: "older", number });
    expect(again.say).toEqual([{ type: "chat", number, before: "c" }]);
  });
});

describe("what this person writes", () => {
  const sent: ClientMessage = { type: "say", id: "s1", number, text: "Hello" };

  it("is said, shown, and replaced by its echo", () => {
    const { state, say } = run(hello(chat([])), says("s1"));
    expect(say).toEqual([sent]);
    expect(state.outgoing).toMatchObject([{ id: "s1", number, text: "Hello" }]);
    const echoed = chatStep(state, news({ id: "m", from: "user", at: 5, body: "Hello", status: "sent" }, "s1")).state;
    expect(echoed.outgoing).toEqual([]);
    expect(ids(echoed)).toEqual(["m"]);
  });

  it("is said again under the same id after every hello until it is echoed", () => {
    const { state, say } = run(hello(chat([])), says("s1"), hello(chat([])));
    expect(say).toEqual([sent]);
    expect(chatStep(state, hello(chat([]))).say).toEqual([sent]);
  });

  it("is kept when the server refuses it, and may be tried anew or dropped", () => {
    const refused = run(hello(chat([])), says("s1"), said({ type: "not_sent", id: "s1", reason: "r", text: "No." })).state;
    expect(refused.outgoing).toMatchObject([{ refused: "No." }]);
    expect(chatStep(refused, hello(chat([]))).say).toEqual([]);
    const again = chatStep(refused, { on: "say_again", id: "s1", fresh: "s2" });
    expect(again.say).toEqual([{ ...sent, id: "s2" }]);
    expect(again.state.outgoing).toEqual([expect.not.objectContaining({ refused: "No." })]);
    expect(chatStep(refused, { on: "discard", id: "s1" }).state.outgoing).toEqual([]);
  });

  it.each([["nothing", ""], ["blanks", " \n "], ["too much", "x".repeat(MAX_TEXT + 1)]])("is not said when it is %s", (_, text) => {
    expect(run(hello(chat([])), says("s1", text)).say).toEqual([]);
  });

  it("is as it was written, without the blanks around", () => {
    expect(run(hello(chat([])), says("s1", "  <b>a</b>\nb ")).say).toEqual([{ ...sent, text: "<b>a</b>\nb" }]);
    expect(run(hello(chat([])), says("s1", "x".repeat(MAX_TEXT))).say).toHaveLength(1);
  });

  it("waits in a bounded number", () => {
    const { state, say } = run(hello(chat([])), ...Array.from({ length: MAX_OUTGOING + 1 }, (_, n) => says(`s${n}`)));
    expect(state.outgoing).toHaveLength(MAX_OUTGOING);
    expect(say).toEqual([]);
  });

  it("opens a chat with a business that nothing was said with", () => {
    expect(talk(run(hello(), says("s1")).state)).toMatchObject({ peer: acme, messages: [] });
  });
});

describe("permission", () => {
  const card = from("c", 1, { card: { answerable: true }, seen: true });
  const permit: ChatEvent = { on: "permit", number, message: "c", choice: "allow_temporarily" };

  it("is answered on a card, and shows as on its way until the server says it", () => {
    const { state, say } = run(hello(chat([card])), permit);
    expect(say).toEqual([{ type: "permit", message: "c", choice: "allow_temporarily" }]);
    expect(talk(state).messages[0]).toMatchObject({ wished: "allow_temporarily", card: { answerable: true } });
    const [done] = talk(chatStep(state, news({ ...card, card: { answerable: true, choice: "allow_temporarily" } })).state).messages;
    expect(done).not.toHaveProperty("wished");
    expect(done?.card?.choice).toBe("allow_temporarily");
  });

  it("is set on the page of the business, also without a chat", () => {
    const { state, say } = run(hello(), { on: "set_permission", peer: acme, choice: "deny" });
    expect(say).toEqual([{ type: "set_permission", number, choice: "deny" }]);
    expect(talk(state).wished).toBe("deny");
    const done = chatStep(state, said({ type: "permission", number, permission: { kind: "permanent" } })).state;
    expect(talk(done)).toMatchObject({ permission: { kind: "permanent" } });
    expect(talk(done)).not.toHaveProperty("wished");
  });

  it("falls back to what the server said when it refuses", () => {
    const tap: ChatEvent = { on: "tap", number, message: "c", button: 0 };
    const { state } = run(hello(chat([card])), permit, { on: "set_permission", peer: acme, choice: "allow" }, tap, said({ type: "problem", reason: "r", text: "No." }));
    expect(talk(state)).not.toHaveProperty("wished");
    expect(talk(state).messages[0]).not.toHaveProperty("wished");
    expect(talk(state).messages[0]).not.toHaveProperty("tapped");
  });
});

describe("a block", () => {
  const block: ChatEvent = { on: "block", peer: acme, blocked: true };

  it("is on its way until the server says it, and takes the permission", () => {
    const { state, say } = run(hello(chat([], { permission: { kind: "permanent" } })), block);
    expect(say).toEqual([{ type: "block", number, blocked: true }]);
    expect(talk(state)).toMatchObject({ blocked: false, blocking: true, permission: { kind: "permanent" } });
    const done = chatStep(state, said({ type: "blocked", number, blocked: true })).state;
    expect(talk(done)).toMatchObject({ blocked: true, permission: { kind: "none" } });
    expect(talk(done)).not.toHaveProperty("blocking");
  });

  it("ends, and brings no permission back", () => {
    const { state, say } = run(hello(chat([], { blocked: true })), { on: "block", peer: acme, blocked: false });
    expect(say).toEqual([{ type: "block", number, blocked: false }]);
    const done = chatStep(state, said({ type: "blocked", number, blocked: false })).state;
    expect(talk(done)).toMatchObject({ blocked: false, permission: { kind: "none" } });
  });

  it("may be of a business that nothing was said with, and is as it was when the server refuses it", () => {
    const { state } = run(hello(), block, said({ type: "problem", reason: "r", text: "No." }));
    expect(talk(state)).toMatchObject({ peer: acme, blocked: false });
    expect(talk(state)).not.toHaveProperty("blocking");
  });
});

describe("buttons", () => {
  it("send a quick reply once", () => {
    const tap: ChatEvent = { on: "tap", number, message: "a", button: 1 };
    const { state, say } = run(hello(chat([from("a", 1)])), tap);
    expect(say).toEqual([{ type: "tap", message: "a", button: 1 }]);
    expect(chatStep(state, tap).say).toEqual([]);
    expect(chatStep(state, { ...tap, button: 0 }).say).toHaveLength(1);
  });

  it("stay spent once the server said so, whatever comes of that message", () => {
    const { state } = run(hello(chat([from("a", 1)])), { on: "button_expired", message: "a" }, news(from("a", 1, { seen: true })));
    expect(talk(state).messages[0]?.spent).toBe(true);
  });
});
