import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useRef } from "react";
import { Ask } from "../casework/Ask";
import { Keys } from "../keyboard/Keys";
import { shortcut } from "../keyboard/registry";
import { useChangesOf } from "../live/Live";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { formatLocal } from "../time/format";
import { Chosen } from "./Chosen";
import { EntryTable } from "./EntryTable";
import { Picture } from "./Picture";
import { Pins } from "./Pins";
import classes from "./Timeline.module.css";
import { Tools } from "./Tools";
import { useTimeline } from "./useTimeline";

/** What happened to an incident, and what the attack did, over time: lanes, zoom, pins, notes, and the same as a table. */
export function TimelinePage() {
  const { t } = useLingui();
  const { incidentId } = useParams({ from: "/shell/incidents/$incidentId/timeline" });
  const queries = useQueryClient();
  useChangesOf("incident", (change) => {
    if (change.kind === "everything" || change.ids.includes(incidentId)) {
      void queries.invalidateQueries({ queryKey: ["incident", incidentId] });
    }
  });
  const picture = useRef<SVGSVGElement>(null);
  const timeline = useTimeline(incidentId, picture);
  const { marks, view, pins, chosen, entries, alertsLeft, takenBack } = timeline;
  const name = t`Timeline of ${incidentId}`;
  const caption = t`${incidentId} from ${formatLocal(view.fromUs)} to ${formatLocal(view.toUs)} (UTC+7)`;
  return (
    <PageFrame
      title={name}
      name={name}
      actions={
        <Link
          to="/incidents/$incidentId"
          params={{ incidentId }}
          search={{ part: "timeline" }}
          className={classes.tool}
        >
          {t`Back to the incident`} <Keys of={shortcut("timeline.back").keys} />
        </Link>
      }
    >
      <Fetched query={entries}>
        {() =>
          marks.length === 0 ? (
            <Empty why={t`Nothing has happened yet.`} />
          ) : (
            <>
              <Card id="timeline" title={t`Over time`}>
                <Tools timeline={timeline} />
                <figure className={classes.picture}>
                  <figcaption>{caption}</figcaption>
                  <Picture
                    marks={marks}
                    by={timeline.by}
                    view={view}
                    pins={pins}
                    chosenId={chosen?.id}
                    title={caption}
                    svg={picture}
                    onChoose={timeline.chooseCluster}
                  />
                </figure>
                <p className={classes.legend}>
                  {marks.some((mark) => !mark.isComplete) && (
                    <span>
                      <i className={classes.blindMark} aria-hidden="true" />
                      {t`A source of data had a gap here: more may have happened.`}
                    </span>
                  )}
                  {!timeline.mayReadAlerts && (
                    <span>{t`Your role does not read alerts: only what people did is drawn.`}</span>
                  )}
                  {alertsLeft > 0 && (
                    <span>{t`${plural(alertsLeft, { one: "# later alert is not drawn", other: "# later alerts are not drawn" })}`}</span>
                  )}
                  {takenBack > 0 && (
                    <span>
                      {t`${plural(takenBack, { one: "# alert was withdrawn or replaced and is not drawn", other: "# alerts were withdrawn or replaced and are not drawn" })}`}
                    </span>
                  )}
                  {entries.hasNextPage && (
                    <button type="button" className={classes.tool} onClick={() => void entries.fetchNextPage()}>
                      {t`Read later entries`}
                    </button>
                  )}
                </p>
                <Chosen mark={chosen} />
              </Card>
              {pins.length > 0 && <Pins pins={pins} onChoose={timeline.choose} onUnpin={timeline.pin} />}
              <Card id="timeline-table" title={t`The same as a table`}>
                <EntryTable
                  labelledBy="timeline-table"
                  marks={marks}
                  view={view}
                  pins={pins.map((pin) => pin.id)}
                  chosenId={chosen?.id}
                  onChoose={timeline.choose}
                />
              </Card>
            </>
          )
        }
      </Fetched>
      <Ask asked={timeline.asked} onClose={timeline.closeAsked} />
    </PageFrame>
  );
}
