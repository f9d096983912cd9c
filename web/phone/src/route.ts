/** Where in the phone the person is, kept in the address so that "back" works. */

export type Route =
  | { at: "businesses" }
  | { at: "chats" }
  | { at: "recents" }
  | { at: "keypad" }
  | { at: "you" }
  | { at: "business"; number: string }
  | { at: "chat"; number: string }
  /** A deep link was followed: ready to call, and nothing is dialled yet. */
  | { at: "link"; number: string; payload?: string };

const NUMBER = /^\d{6,15}$/;

export function routeOf(hash: string): Route {
  const [path = "", query] = split(hash.replace(/^#\/?/, ""), "?");
  const [place, number] = path.split("/");
  switch (place) {
    case "chats":
    case "recents":
    case "keypad":
    case "you":
      return { at: place };
    case "business":
    case "chat":
      return number && NUMBER.test(number) ? { at: place, number } : { at: "businesses" };
    case "call":
      return number && NUMBER.test(number) ? { at: "link", number, ...payloadOf(query) } : { at: "businesses" };
    default:
      return { at: "businesses" };
  }
}

export function hashOf(route: Route): string {
  switch (route.at) {
    case "businesses":
      return "#/";
    case "business":
    case "chat":
      return `#/${route.at}/${route.number}`;
    case "link": {
      const query = route.payload === undefined ? "" : `?${new URLSearchParams({ biz_payload: route.payload }).toString()}`;
      return `#/call/${route.number}${query}`;
    }
    default:
      return `#/${route.at}`;
  }
}

export function show(route: Route): void {
  location.hash = hashOf(route);
}

/** As the server puts it there (`crates/phone/src/link/target.rs`); it also says when a payload is too long. */
function payloadOf(query: string | undefined): { payload?: string } {
  const payload = new URLSearchParams(query).get("biz_payload");
  return payload ? { payload } : {};
}

/** In two, at the first mark. */
function split(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
