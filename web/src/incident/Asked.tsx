import { useLingui } from "@lingui/react/macro";
import type { ApprovalView } from "../api/names";
import { Inert } from "../text/Inert";
import { useFieldWord } from "./fields";
import { useClassWord } from "./words";

/** What exactly was asked for: the second party agrees to this and to nothing else. */
export function Asked({ approval }: { readonly approval: ApprovalView }) {
  const { t } = useLingui();
  const fieldWord = useFieldWord();
  const classWord = useClassWord();
  const { asked } = approval;
  const fields = asked.fields && typeof asked.fields === "object" ? Object.entries(asked.fields) : [];
  const lines: (readonly [string, string])[] = fields.map(([name, value]) => [fieldWord(name), String(value)] as const);
  if (typeof asked.reason === "string") lines.push([t`Reason`, asked.reason]);
  const severity = (["M1", "M2", "M3", "M4"] as const).find((each) => each === asked.severity);
  if (severity) lines.push([t`Class`, classWord(severity)]);
  if (Array.isArray(asked.flags)) lines.push([t`Flags`, asked.flags.join(", ") || "–"]);
  if (asked.facts && typeof asked.facts === "object")
    lines.push([
      t`Answers`,
      Object.entries(asked.facts)
        .map(([name, value]) => `${name}: ${String(value)}`)
        .join("; "),
    ]);
  if (typeof asked.tlp === "string") lines.push(["TLP", asked.tlp]);
  return (
    <ul>
      {lines.map(([name, value]) => (
        <li key={name}>
          {name}: <Inert value={value} limit={400} isExpandable />
        </li>
      ))}
    </ul>
  );
}
