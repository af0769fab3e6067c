import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import classes from "./SeverityMark.module.css";

const NAMES = ["low", "medium", "high", "critical"] as const;
export type SeverityName = (typeof NAMES)[number];

// Four outlines that stay apart in grey and at 12 px: circle, square, triangle, octagon with a bar.
const SHAPES: Readonly<Record<SeverityName, string>> = {
  low: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z",
  medium: "M3.500 3.500h9v9h-9z",
  high: "M8 2.250 14.500 13.500h-13z",
  critical: "M5.200 1.500h5.600l3.700 3.700v5.600l-3.700 3.700H5.200L1.500 10.800V5.200z",
};

function nameOf(severity: number): SeverityName {
  return NAMES[severity - 1] ?? "low";
}

export function useSeverityWord(): (severity: number) => string {
  const { t } = useLingui();
  const words: Readonly<Record<SeverityName, string>> = {
    low: t`Low`,
    medium: t`Medium`,
    high: t`High`,
    critical: t`Critical`,
  };
  return (severity) => words[nameOf(severity)];
}

/** Severity as shape and word; the colour only repeats them. */
export function SeverityMark({ severity }: { readonly severity: number }) {
  const word = useSeverityWord();
  return <ShapedWord name={nameOf(severity)}>{word(severity)}</ShapedWord>;
}

/** A word behind the shape of a gravity; incidents have four classes, as alerts have four severities. */
export function ShapedWord({ name, children }: { readonly name: SeverityName; readonly children: ReactNode }) {
  return (
    <span className={classes.mark} data-severity={name}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path className={classes.shape} d={SHAPES[name]} />
        {name === "critical" && <path className={classes.bar} d="M8 4.500v4.250M8 11v.5" />}
      </svg>
      {children}
    </span>
  );
}
