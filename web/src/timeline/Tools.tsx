import { useLingui } from "@lingui/react/macro";
import { Keys } from "../keyboard/Keys";
import { shortcut } from "../keyboard/registry";
import { LANES } from "./search";
import classes from "./Timeline.module.css";
import type { Timeline } from "./useTimeline";
import { useLanesByWord } from "./words";

/** Everything that keys do, as buttons. */
export function Tools({ timeline }: { readonly timeline: Timeline }) {
  const { t } = useLingui();
  const byWord = useLanesByWord();
  const { acts, chosen } = timeline;
  const isPinned = chosen !== undefined && timeline.pins.some((pin) => pin.id === chosen.id);
  return (
    <div className={classes.tools}>
      <div className={classes.group} role="group" aria-label={t`Lanes`}>
        {LANES.filter((by) => by === "kind" || timeline.mayReadAlerts).map((by) => (
          <button
            type="button"
            key={by}
            className={classes.tool}
            aria-pressed={timeline.by === by}
            onClick={() => timeline.setBy(by)}
          >
            {byWord(by)}
          </button>
        ))}
      </div>
      <div className={classes.group} role="group" aria-label={t`Zoom`}>
        <button type="button" className={classes.tool} onClick={acts.left} aria-label={t`Earlier`}>
          {EARLIER}
        </button>
        <button type="button" className={classes.tool} onClick={acts.right} aria-label={t`Later`}>
          {LATER}
        </button>
        <button type="button" className={classes.tool} onClick={acts.closer}>
          {t`Closer`} <Keys of={shortcut("timeline.closer").keys} />
        </button>
        <button type="button" className={classes.tool} onClick={acts.further}>
          {t`Further`} <Keys of={shortcut("timeline.further").keys} />
        </button>
        <button type="button" className={classes.tool} onClick={acts.whole}>
          {t`Whole`} <Keys of={shortcut("timeline.whole").keys} />
        </button>
      </div>
      <div className={classes.group} role="group" aria-label={t`Entries`}>
        <button type="button" className={classes.tool} onClick={acts.previous}>
          {t`Previous`} <Keys of={shortcut("timeline.previous").keys} />
        </button>
        <button type="button" className={classes.tool} onClick={acts.next}>
          {t`Next`} <Keys of={shortcut("timeline.next").keys} />
        </button>
        <button type="button" className={classes.tool} aria-pressed={isPinned} disabled={!chosen} onClick={acts.pin}>
          {t`Pin`} <Keys of={shortcut("timeline.pin").keys} />
        </button>
        {timeline.mayWrite && (
          <button type="button" className={classes.tool} onClick={acts.note}>
            {t`Note`} <Keys of={shortcut("timeline.note").keys} />
          </button>
        )}
      </div>
      <div className={classes.group} role="group" aria-label={t`Files`}>
        <button type="button" className={classes.tool} onClick={timeline.saveSvg}>
          {SVG}
        </button>
        <button type="button" className={classes.tool} onClick={timeline.saveCsv}>
          {CSV}
        </button>
      </div>
    </div>
  );
}

const EARLIER = "←";
const LATER = "→";
const SVG = "SVG";
const CSV = "CSV";
