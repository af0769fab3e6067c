import { useLingui } from "@lingui/react/macro";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import type { Mark } from "./marks";
import classes from "./Timeline.module.css";

interface PinsProps {
  readonly pins: readonly Mark[];
  readonly onChoose: (mark: Mark) => void;
  readonly onUnpin: (mark: Mark) => void;
}

/** What somebody pinned, numbered as in the picture; the address of the page carries it to others. */
export function Pins({ pins, onChoose, onUnpin }: PinsProps) {
  const { t } = useLingui();
  return (
    <Card id="pins" title={t`Pins`} aside={t`They stand in the address: send it to show others the same.`}>
      <ol className={classes.pins}>
        {pins.map((pin, index) => (
          <li key={pin.id}>
            <b>{index + 1}</b>
            <Time us={pin.atUs} />
            <button type="button" className={classes.rowButton} onClick={() => onChoose(pin)}>
              <Inert value={pin.text} limit={160} />
            </button>
            <button
              type="button"
              className={classes.tool}
              onClick={() => onUnpin(pin)}
              aria-label={t`Take away pin ${index + 1}`}
            >
              {t`Take away`}
            </button>
          </li>
        ))}
      </ol>
    </Card>
  );
}
