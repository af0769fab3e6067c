import { useLingui } from "@lingui/react/macro";
import type { FindingView } from "../api/names";
import { inLanguage } from "../language/language";
import classes from "./WeekGrid.module.css";
import { HOLES, placeIn } from "./week";

interface GapLaneProps {
  readonly findings: readonly FindingView[];
  readonly weekUs: number;
}

/** Where somebody is missing: red and hatched, and the word in it. */
export function GapLane({ findings, weekUs }: GapLaneProps) {
  const { t, i18n } = useLingui();
  const words: Partial<Record<FindingView["kind"], string>> = {
    gap: t`GAP`,
    leave: t`AWAY`,
    one_deep: t`THIN`,
    thin_holiday: t`THIN`,
  };
  const found = findings.flatMap((finding) => {
    const place = HOLES.has(finding.kind) ? placeIn(weekUs, finding.start_us, finding.end_us) : undefined;
    return place ? [{ finding, place }] : [];
  });
  if (found.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: nothing in it can be opened
    <div className={classes.row} role="row">
      {/* biome-ignore lint/a11y/useFocusableInteractive: nothing in it can be opened */}
      <span className={classes.seat} role="rowheader">{t`Somebody is missing`}</span>
      <div className={classes.lane} role="presentation">
        {found.map(({ finding, place }) => (
          // biome-ignore lint/a11y/useFocusableInteractive: nothing in it can be opened
          <span
            key={`${finding.kind} ${finding.role} ${finding.start_us}`}
            role="gridcell"
            className={`${classes.cell} ${classes.gap}`}
            style={{ left: `${place.left}%`, width: `${place.width}%` }}
            title={inLanguage(finding.text, i18n.locale)}
          >
            {words[finding.kind]}
            <span className="unseen">{inLanguage(finding.text, i18n.locale)}</span>
          </span>
        ))}
      </div>
    </div>
  );
}
