/** Where in the phone the person is, kept in the address so that "back" works. */

export type Route =
  | { at: "businesses" }
  | { at: "recents" }
  | { at: "keypad" }
  | { at: "you" }
  | { at: "business"; number: string };

export function routeOf(hash: string): Route {
  const [place, number] = hash.replace(/^#\/?/, "").split("/");
  switch (place) {
    case "recents":
    case "keypad":
    case "you":
      return { at: place };
    case "business":
      return number && /^\d{6,15}$/.test(number) ? { at: "business", number } : { at: "businesses" };
    default:
      return { at: "businesses" };
  }
}

export const hashOf = (route: Route): string =>
  route.at === "businesses" ? "#/" : route.at === "business" ? `#/business/${route.number}` : `#/${route.at}`;

export function show(route: Route): void {
  location.hash = hashOf(route);
}
