/** Attacker-controlled text made visible: what would hide, reorder or overprint is written as an escape. */

export type Segment = { readonly kind: "text" | "escape"; readonly text: string };

// Control, format (bidi, zero-width, soft hyphen, tags), surrogate, private use, line and paragraph separators; then
// characters that draw nothing although Unicode calls them letters or marks (Hangul fillers, variation selectors, …).
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115F\u1160\u2800\u3164\uFFA0]|\u034F|[\u17B4\u17B5]|[\u180B-\u180F]|[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}]/u;
const MARK = /\p{M}/u;
// Vietnamese stacks at most two marks on a letter; a guess leaves room for other scripts and stops "zalgo" text.
const MARKS_KEPT = 4;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0" };

function escapeOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const point = (character.codePointAt(0) ?? 0).toString(16);
  return `\\u{${point}}`;
}

/** Splits a value into plain text and escapes, in order; joining all texts gives the whole visible value. */
export function inertSegments(value: string): readonly Segment[] {
  const segments: Segment[] = [];
  let plain = "";
  let marks = 0;
  for (const character of value.normalize("NFC")) {
    marks = MARK.test(character) ? marks + 1 : 0;
    if (HIDDEN.test(character) || marks > MARKS_KEPT) {
      if (plain) segments.push({ kind: "text", text: plain });
      plain = "";
      segments.push({ kind: "escape", text: escapeOf(character) });
    } else {
      plain += character;
    }
  }
  if (plain) segments.push({ kind: "text", text: plain });
  return segments;
}

/** The same as one string, for attributes and accessible names. */
export function inertText(value: string): string {
  return inertSegments(value)
    .map((segment) => segment.text)
    .join("");
}
