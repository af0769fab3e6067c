/** Answers to the questions of the policy: what a form holds, and what goes to the server. */
import type { NamedQuestion } from "../api/names";

export type Answer = boolean | number | string;
export type Answers = Readonly<Record<string, Answer>>;

/** What a field shows for an answer; the empty text is "not answered". */
export function shown(answer: Answer | undefined): string {
  return answer === undefined ? "" : String(answer);
}

/** What a field says as an answer to its question; undefined when it says none. */
export function understood(question: Pick<NamedQuestion, "type" | "choices">, text: string): Answer | undefined {
  switch (question.type) {
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "count":
      return /^\d{1,12}$/.test(text.trim()) ? Number(text.trim()) : undefined;
    case "choice":
      return question.choices.some((choice) => choice.id === text) ? text : undefined;
  }
}

/** What changed between two sets of answers; null takes an answer back. */
export function changes(before: Answers, after: Answers): Record<string, Answer | null> {
  const found: Record<string, Answer | null> = {};
  for (const [id, answer] of Object.entries(after)) if (before[id] !== answer) found[id] = answer;
  for (const id of Object.keys(before)) if (after[id] === undefined) found[id] = null;
  return found;
}

/** The flags with all that they imply, as the policy completes them. */
export function completed(
  flags: readonly string[],
  known: readonly { readonly id: string; readonly implies: readonly string[] }[],
) {
  const found = new Set<string>();
  const waiting = [...flags];
  for (let flag = waiting.pop(); flag !== undefined; flag = waiting.pop()) {
    if (found.has(flag)) continue;
    found.add(flag);
    waiting.push(...(known.find((each) => each.id === flag)?.implies ?? []));
  }
  return found;
}
