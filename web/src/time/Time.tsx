import { formatClock, formatLocal, formatUtc } from "./format";

/** A point in time: local on screen, UTC on hover and for machines. */
export function Time({ us, isClockOnly = false }: { readonly us: number; readonly isClockOnly?: boolean }) {
  return (
    <time dateTime={new Date(us / 1000).toISOString()} title={`${formatLocal(us)} (UTC+7) · ${formatUtc(us)}`}>
      {isClockOnly ? formatClock(us) : formatLocal(us)}
    </time>
  );
}
