/** Folds Vietnamese for search as the server does: NFD, marks dropped, đ → d, lower case. */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase();
}

/** Whether every word of the needle is found in the text, marks and đ aside. */
export function foldedIncludes(text: string, needle: string): boolean {
  const folded = fold(text);
  return fold(needle)
    .split(/\s+/)
    .every((word) => folded.includes(word));
}
