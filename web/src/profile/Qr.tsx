import { useMemo } from "react";
import classes from "./Qr.module.css";
import { qrModules } from "./qr";

/** Section 6.3.8 of the standard: the light margin without which a camera does not find the code. */
const MARGIN = 4;

/** A QR code, drawn here: dark on light in both themes, as cameras expect it. */
export function Qr({ text, label }: { readonly text: string; readonly label: string }) {
  const modules = useMemo(() => qrModules(text), [text]);
  if (!modules) return null;
  const size = modules.length + 2 * MARGIN;
  const path = modules
    .flatMap((row, r) => row.map((dark, c) => (dark ? `M${c + MARGIN} ${r + MARGIN}h1v1h-1z` : "")))
    .join("");
  return (
    <svg className={classes.code} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect width={size} height={size} />
      <path d={path} />
    </svg>
  );
}
