import classes from "./Icon.module.css";

/** Line icons on a 16 px grid; they only ever stand beside a word, so that assistive technology skips them. */
const PATHS = {
  check: "M3 8.5 6.5 12 13 4.500",
  chevron: "m6 3.500 4.500 4.500L6 12.500",
  clock: "M8 1.750a6.250 6.250 0 1 0 0 12.500 6.250 6.250 0 0 0 0-12.500M8 4.500V8l2.500 1.500",
  copy: "M5.500 5.500V3a1 1 0 0 1 1-1H13a1 1 0 0 1 1 1v6.500a1 1 0 0 1-1 1h-2.500M3 5.500h6.500a1 1 0 0 1 1 1V13a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V6.500a1 1 0 0 1 1-1",
  cross: "m4 4 8 8m0-8-8 8",
  exercise: "M3.500 14.500V2M3.500 2.500h8.500l-2 3 2 3H3.500",
  exit: "M6 2.500H3v11h3M10.500 5l3 3-3 3M13.250 8H6.500",
  import: "M8 2v7.500M5 6.750l3 3 3-3M2.500 10.500v3h11v-3",
  live: "M1.500 8h3l2-5 3 10 2-5h3",
  menu: "M2 4h12M2 8h12M2 12h12",
  moon: "M13.250 9.750A5.750 5.750 0 0 1 6.250 2.750a5.750 5.750 0 1 0 7 7",
  note: "M3 2.500h10v7.500l-3.500 3.500H3zM5.500 6h5M5.500 8.750h3",
  pause: "M5.500 3v10M10.500 3v10",
  person:
    "M8 8a2.750 2.750 0 1 0 0-5.500A2.750 2.750 0 0 0 8 8M2.750 13.750c.5-2.750 2.500-4 5.250-4s4.750 1.250 5.250 4",
  play: "M5 3v10l8-5z",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10m3.750-1.250L14 14",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.7M11.900 11.900l.7.7M3.400 12.600l.7-.7M11.900 4.100l.7-.7",
  undo: "M5.500 3 2.500 6l3 3M2.750 6H10a3.750 3.750 0 0 1 0 7.500H6.500",
  warn: "M8 2 1.500 13.500h13zM8 6.500v3M8 11.500v.25",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={classes.icon} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
