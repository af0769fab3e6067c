/** Both faces of an internationalised name (RFC 3492): a look-alike must not be readable as the real one. */

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;

function adapt(delta: number, points: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / 700) : Math.floor(delta / 2);
  rest += Math.floor(rest / points);
  let k = 0;
  while (rest > ((BASE - T_MIN) * T_MAX) / 2) {
    rest = Math.floor(rest / (BASE - T_MIN));
    k += BASE;
  }
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + 38));
}

function digitOf(character: string): number | undefined {
  if (/^[0-9]$/.test(character)) return character.charCodeAt(0) - 22;
  if (/^[a-z]$/.test(character)) return character.charCodeAt(0) - 97;
  return undefined;
}

/** One label after `xn--`; undefined when it is not valid punycode. */
function decodeLabel(encoded: string): string | undefined {
  const split = encoded.lastIndexOf("-");
  const output = split > 0 ? [...encoded.slice(0, split)] : [];
  const tail = encoded.slice(split + 1).toLowerCase();
  let point = 128;
  let index = 0;
  let bias = 72;
  let position = 0;
  while (position < tail.length) {
    const start = index;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(tail.charAt(position++));
      if (digit === undefined) return undefined;
      index += digit * weight;
      const threshold = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
      if (digit < threshold) break;
      weight *= BASE - threshold;
      if (weight > Number.MAX_SAFE_INTEGER / BASE) return undefined;
    }
    bias = adapt(index - start, output.length + 1, start === 0);
    point += Math.floor(index / (output.length + 1));
    index %= output.length + 1;
    if (point > 0x10ffff) return undefined;
    output.splice(index++, 0, String.fromCodePoint(point));
  }
  return output.join("");
}

/** The Unicode and ASCII forms when they differ; undefined for a plain ASCII name. */
export function lookAlike(domain: string): { readonly unicode: string; readonly ascii: string } | undefined {
  const isAscii = /^[\x20-\x7e]*$/.test(domain);
  if (isAscii && !/(^|\.)xn--/i.test(domain)) return undefined;
  const unicode = domain
    .split(".")
    .map((label) => (/^xn--/i.test(label) ? (decodeLabel(label.slice(4)) ?? label) : label))
    .join(".");
  if (isAscii) return { unicode, ascii: domain.toLowerCase() };
  const base = "http://";
  return URL.canParse(base + domain) ? { unicode, ascii: new URL(base + domain).hostname } : undefined;
}
