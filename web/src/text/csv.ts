/** A table as CSV (RFC 4180): every cell quoted, and none that a spreadsheet would take for a formula. */

/** What spreadsheets begin to calculate at; the same rule as the server's own exports. */
const FORMULA = /^[=+\-@\t\r]/;
/** Spreadsheets read UTF-8 as such only behind this mark. */
const MARK = "\ufeff";

function cell(value: string): string {
  const inert = FORMULA.test(value) ? `'${value}` : value;
  return `"${inert.replaceAll('"', '""')}"`;
}

export function toCsv(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return MARK + [heads, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
