/** Copies that nothing will follow: addresses and links lose the form that programs turn into something to click. */

const HOST = /(?:[\p{L}\p{N}_-]+\.)+(?:[\p{L}\p{N}-]+)/gu;

/** Rewrites schemes, the dots of anything that looks like a host or IPv4 address, and the @ of addresses. */
export function defang(value: string): string {
  return value
    .replace(/\b(h)tt(ps?)(?=:)/gi, "$1xx$2")
    .replace(/\bftp(?=:\/\/)/gi, "fxp")
    .replaceAll("://", "[:]//")
    .replace(HOST, (host) => host.replaceAll(".", "[.]"))
    .replace(/(?<=\S)@(?=\S)/g, "[@]");
}
