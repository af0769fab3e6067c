/** Times as people here read them: dd/MM/yyyy HH:mm:ss in Asia/Ho_Chi_Minh, UTC beside it. */

export const ZONE = "Asia/Ho_Chi_Minh";

function parts(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}

const LOCAL = parts(ZONE);
const UTC = parts("UTC");

function join(format: Intl.DateTimeFormat, milliseconds: number): string {
  // en-GB writes "23/11/2026, 11:20:05"; the comma is the only thing to lose.
  return format.format(milliseconds).replace(",", "");
}

/** Event time in microseconds → local wall time. */
export function formatLocal(timeUs: number): string {
  return join(LOCAL, timeUs / 1000);
}

/** The same in UTC, with its zone, for the hover text. */
export function formatUtc(timeUs: number): string {
  return `${join(UTC, timeUs / 1000)} UTC`;
}

/** Day and minute, where the year is known: "23/11 04:05". */
export function formatMinute(timeUs: number): string {
  const local = formatLocal(timeUs);
  return `${local.slice(0, 5)} ${local.slice(11, 16)}`;
}

/** Local clock time alone, for a list whose day is known. */
export function formatClock(timeUs: number): string {
  return formatLocal(timeUs).slice(11);
}

const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

// Making a formatter costs more than a hundred uses of it, and every row on screen has a span.
const spans = new Map<string, Intl.NumberFormat>();

function spanFormat(language: string, unit: string): Intl.NumberFormat {
  const key = `${language} ${unit}`;
  const known = spans.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" });
  spans.set(key, made);
  return made;
}

/** A span in its largest unit, and the next one below where it still matters ("2 giờ 5 phút", "45 giây"). */
export function formatSpan(seconds: number, language: string): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = STEPS.findIndex(([, size]) => whole >= size);
  const start = first === -1 ? STEPS.length - 1 : first;
  let rest = whole;
  const words: string[] = [];
  for (const [unit, size] of STEPS.slice(start, start + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    // From a minute upwards seconds say nothing that a person acts on.
    if (count > 0 || words.length === 0) {
      if (unit === "second" && words.length > 0) break;
      words.push(spanFormat(language, unit).format(count));
    }
  }
  return words.join(" ");
}
