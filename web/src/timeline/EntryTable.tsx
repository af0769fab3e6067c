import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Reference } from "../casework/Reference";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import type { Mark } from "./marks";
import classes from "./Timeline.module.css";
import type { View } from "./view";
import { useSortWord } from "./words";

const STEP = 50;

interface EntryTableProps {
  readonly labelledBy: string;
  readonly marks: readonly Mark[];
  readonly view: View;
  readonly pins: readonly string[];
  readonly chosenId: string | undefined;
  readonly onChoose: (mark: Mark) => void;
}

/** The same entries as the picture shows, as a table: what is not in the part of time on screen is not in it either. */
export function EntryTable({ labelledBy, marks, view, pins, chosenId, onChoose }: EntryTableProps) {
  const { t } = useLingui();
  const sortWord = useSortWord();
  const [most, setMost] = useState(STEP);
  const inView = marks.filter((mark) => mark.endUs >= view.fromUs && mark.atUs <= view.toUs);
  // Whatever is chosen by key is in the table too.
  const place = inView.findIndex((mark) => mark.id === chosenId);
  const shown = inView.slice(0, Math.max(most, place + 1));
  const rest = inView.length - shown.length;
  return (
    <div className={classes.table}>
      <Table
        labelledBy={labelledBy}
        minWidth="40rem"
        columns={[
          t`Time`,
          t`Kind`,
          t({ message: "What", context: "timeline" }),
          t({ message: "Who", context: "timeline" }),
          t({ message: "Of what", context: "timeline" }),
        ]}
      >
        {shown.map((mark) => (
          <tr key={mark.id} aria-current={mark.id === chosenId || undefined}>
            <th scope="row">
              <Time us={mark.atUs} />
            </th>
            <td>
              {sortWord(mark.sort)}
              {!mark.isComplete && <small>{t`data incomplete`}</small>}
            </td>
            <td>
              <button type="button" className={classes.rowButton} onClick={() => onChoose(mark)}>
                <Inert value={mark.text} limit={200} />
              </button>
              {pins.includes(mark.id) && <small>{t`pin ${pins.indexOf(mark.id) + 1}`}</small>}
              {mark.body && (
                <div className={classes.body}>
                  <Inert value={mark.body.replace(/\s*\n\s*/g, " · ")} limit={160} isExpandable />
                </div>
              )}
            </td>
            <td>{mark.who || "–"}</td>
            <td>
              <Reference value={mark.reference} />
            </td>
          </tr>
        ))}
      </Table>
      {rest > 0 && (
        <p className={classes.more}>
          <button type="button" className={classes.tool} onClick={() => setMost(shown.length + STEP)}>
            {t`${plural(rest, { one: "Show # more", other: "Show # more" })}`}
          </button>
        </p>
      )}
    </div>
  );
}
