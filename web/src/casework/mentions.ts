/** Mentions in what a person writes: `@account`, as the server reads them. */

/** The server's own pattern: not within a word, so that `ops@bensen.example` mentions nobody. */
const MENTION = /(?<![\p{L}\p{N}_.@/-])@([a-z0-9](?:[a-z0-9_-]|\.(?=[a-z0-9])){0,62})/gu;
const BEGUN = /(?<![\p{L}\p{N}_.@/-])@([a-z0-9._-]*)$/u;

export interface Part {
  readonly text: string;
  readonly isMention: boolean;
}

/** A line in parts, so that those who were told stand out. */
export function partsOf(line: string, mentioned: readonly string[]): readonly Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of line.matchAll(MENTION)) {
    if (!mentioned.includes(found[1] ?? "")) continue;
    if (found.index > end) parts.push({ text: line.slice(end, found.index), isMention: false });
    parts.push({ text: found[0], isMention: true });
    end = found.index + found[0].length;
  }
  if (end < line.length || parts.length === 0) parts.push({ text: line.slice(end), isMention: false });
  return parts;
}

/** What was typed behind an @ just before the cursor; undefined when no mention has begun there. */
export function begunAt(text: string, cursor: number): string | undefined {
  return BEGUN.exec(text.slice(0, cursor))?.[1];
}

/** The text with the begun mention finished, and where the cursor stands then. */
export function finished(
  text: string,
  cursor: number,
  account: string,
): { readonly text: string; readonly cursor: number } {
  const begun = begunAt(text, cursor) ?? "";
  const before = `${text.slice(0, cursor - begun.length)}${account} `;
  return { text: before + text.slice(cursor).replace(/^ /, ""), cursor: before.length };
}
