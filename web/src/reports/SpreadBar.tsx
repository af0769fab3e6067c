import type { Spread } from "../api/names";
import own from "./Reports.module.css";

/** Room for the marks at both ends, in percent of the width. */
const EDGE = 3;

/** From half to nine in ten, on an axis that begins at nothing. */
export function SpreadBar({ spread, mostUs }: { readonly spread: Spread; readonly mostUs: number }) {
  const at = (us: number | null): string => `${EDGE + ((us ?? 0) / mostUs) * (100 - 2 * EDGE)}%`;
  return (
    <svg className={own.bar} aria-hidden="true" focusable="false">
      <line className={own.base} x1={`${EDGE}%`} x2={`${100 - EDGE}%`} y1="11" y2="11" />
      <line className={own.span} x1={at(spread.p50_us)} x2={at(spread.p90_us)} y1="11" y2="11" />
      <circle className={own.most} cx={at(spread.p90_us)} cy="11" r="6" />
      <circle className={own.half} cx={at(spread.p50_us)} cy="11" r="5" />
    </svg>
  );
}
