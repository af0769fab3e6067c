import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { datasetsQuery } from "../alert/queries";
import { useErrorText } from "../shell/Notices";
import { DatasetBadge } from "../triage/DatasetBadge";
import classes from "./Emptiness.module.css";
import { DEFAULT_DATASET, type QueueSearch } from "./search";
import type { Queue } from "./useQueue";

interface EmptinessProps {
  readonly queue: Queue;
  readonly search: QueueSearch;
  readonly onChange: (next: Partial<QueueSearch>) => void;
}

/** Why there is nothing to see, and what to do next. */
export function Emptiness({ queue, search, onChange }: EmptinessProps) {
  const { t } = useLingui();
  const errorText = useErrorText();
  if (queue.isLoading) return <Waiting />;
  if (queue.error) {
    return (
      <div className={classes.empty} role="alert">
        <h2>{t`The queue could not be read`}</h2>
        <p>{errorText(queue.error)}</p>
        <Button onClick={queue.refresh}>{t`Try again`}</Button>
      </div>
    );
  }
  const outside = queue.first?.outside_window ?? 0;
  return (
    <div className={classes.empty}>
      <h2>{search.filter ? t`No alert matches this filter` : t`Nothing waits here`}</h2>
      {outside > 0 && (
        <p>{t`${plural(outside, { one: "# alert group lies outside this time window", other: "# alert groups lie outside this time window" })}`}</p>
      )}
      {search.filter ? (
        <Button variant="default" onClick={() => onChange({ filter: undefined })}>{t`Remove the filter`}</Button>
      ) : (
        <OtherWorlds current={search.dataset ?? DEFAULT_DATASET} onChange={onChange} />
      )}
    </div>
  );
}

/** Quiet under 100 ms and a mark after that, so that a fast answer does not flicker. */
function Waiting() {
  const { t } = useLingui();
  return (
    <div className={classes.waiting} role="status">
      <span className="unseen">{t`Reading the queue`}</span>
    </div>
  );
}

interface OtherWorldsProps {
  readonly current: string;
  readonly onChange: (next: Partial<QueueSearch>) => void;
}

function OtherWorlds({ current, onChange }: OtherWorldsProps) {
  const { t } = useLingui();
  const { data } = useQuery(datasetsQuery);
  const others = (data?.datasets ?? []).filter((row) => row.dataset !== current && row.groups > 0);
  if (data?.datasets.length === 0) {
    return (
      <>
        <p>{t`No alert that you may see has ever come in: nothing was captured yet, or no rule has matched.`}</p>
        <p>
          <Link to="/first-run" className={classes.way}>{t`What is set up, and what comes next`}</Link>
        </p>
      </>
    );
  }
  if (others.length === 0) {
    return <p>{t`No alert of this kind is open. New ones appear by themselves.`}</p>;
  }
  return (
    <>
      <p>{t`Other datasets hold alerts; they are never mixed into this list.`}</p>
      <ul className={classes.worlds}>
        {others.map((row) => (
          <li key={row.dataset}>
            <button type="button" onClick={() => onChange({ dataset: row.dataset })}>
              <DatasetBadge dataset={row.dataset} kind={row.kind} />
              {plural(row.open_groups, { one: "# open group", other: "# open groups" })}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
