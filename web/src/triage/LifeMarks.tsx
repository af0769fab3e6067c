import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { GroupRow } from "../api/names";
import classes from "./LifeMarks.module.css";

/** What became of the alerts of a group since they were made: taken back, replaced, or counted into others by a suppression. */
export function LifeMarks({ row }: { readonly row: GroupRow }) {
  const { t } = useLingui();
  const { withdrawn, superseded, folded } = row;
  if (withdrawn + superseded + folded === 0) return null;
  return (
    <span className={classes.marks}>
      {!row.stands ? (
        <b data-life="withdrawn">{t({ message: "withdrawn", context: "mark on a row" })}</b>
      ) : (
        withdrawn > 0 && <b data-life="some">{t`${plural(withdrawn, { one: "# withdrawn", other: "# withdrawn" })}`}</b>
      )}
      {superseded > 0 && <b data-life="some">{t`${plural(superseded, { one: "# replaced", other: "# replaced" })}`}</b>}
      {folded > 0 && <b data-life="some">{t`${plural(folded, { one: "# suppressed", other: "# suppressed" })}`}</b>}
    </span>
  );
}
