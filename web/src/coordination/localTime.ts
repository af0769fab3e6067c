/** A field of the kind `datetime-local` in Vietnam's time, which has had no change of clocks since 1975. */
const OFFSET_MS = 7 * 3_600_000;

export function localField(us: number): string {
  return new Date(us / 1000 + OFFSET_MS).toISOString().slice(0, 16);
}

export function readLocalField(value: string): number | undefined {
  const milliseconds = Date.parse(`${value}:00+07:00`);
  return Number.isNaN(milliseconds) || milliseconds < 0 ? undefined : milliseconds * 1000;
}
