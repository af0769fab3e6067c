import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { answerOf, api } from "../api/client";
import type { DatasetKind, SimulationAnswer } from "../api/names";
import { Card } from "../shell/Card";
import { Choice } from "../shell/Choice";
import { useErrorText } from "../shell/Notices";
import { formatSpan } from "../time/format";
import { useDatasetWord } from "../triage/words";
import { ProgressBar } from "./ProgressBar";
import { Replayed } from "./Replayed";
import classes from "./Simulation.module.css";

const DAYS = [1, 7, 30, 90] as const;
const DAY_US = 86_400_000_000;
const KINDS = ["live", "exercise", "import"] as const satisfies readonly DatasetKind[];

/** Past alerts given out anew: who would have been called, and which clocks would have broken. */
export function AlertSimulation({ sha256 }: { readonly sha256: string }) {
  const { t } = useLingui();
  const [days, setDays] = useState<number>(30);
  const [kind, setKind] = useState<DatasetKind>("live");
  const stop = useRef<AbortController>(undefined);
  const errorText = useErrorText();
  const datasetWord = useDatasetWord();
  const replay = useMutation({
    mutationFn: (): Promise<SimulationAnswer> => {
      const untilUs = Date.now() * 1000;
      stop.current = new AbortController();
      return answerOf(
        api.POST("/api/v1/simulations/assignments", {
          body: { since_us: untilUs - days * DAY_US, until_us: untilUs, dataset_kind: kind, policy_sha256: sha256 },
          signal: stop.current.signal,
        }),
      );
    },
  });
  const isStopped = replay.error !== null && stop.current?.signal.aborted === true;
  return (
    <Card id="simulated-alerts" title={t`Past alerts`}>
      <p className={classes.lead}>
        {t`The alerts of a period in the order in which they arrived, given out by this version to who was on duty then.`}
      </p>
      <div className={classes.actions}>
        <Choice
          label={t`Period`}
          value={String(days)}
          onChange={(value) => setDays(Number(value))}
          options={DAYS.map((each) => ({
            value: String(each),
            text: t`${plural(each, { one: "last day", other: "last # days" })}`,
          }))}
        />
        <Choice
          label={t`Dataset`}
          value={kind}
          onChange={(value) => setKind(KINDS.find((each) => each === value) ?? "live")}
          options={KINDS.map((value) => ({ value, text: datasetWord(value) }))}
        />
        {replay.isPending ? (
          <Button variant="default" onClick={() => stop.current?.abort()}>
            {t`Stop`}
          </Button>
        ) : (
          <Button onClick={() => replay.mutate()}>{t`Give out past alerts`}</Button>
        )}
      </div>
      {replay.isPending && <Elapsed />}
      {isStopped && <p role="status">{t`Stopped; nothing was changed.`}</p>}
      {replay.error && !isStopped && <p role="alert">{errorText(replay.error)}</p>}
      {replay.data && !replay.isPending && <Replayed found={replay.data} />}
    </Card>
  );
}

/** One question that the server answers whole: how long it has run is all that can be known. */
function Elapsed() {
  const { t, i18n } = useLingui();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => window.clearInterval(timer);
  }, []);
  if (seconds === 0) return null;
  const span = formatSpan(seconds, i18n.locale);
  return (
    <>
      <ProgressBar label={t`Replaying alerts`} />
      <p>{t`Replaying alerts, for ${span} so far; at most 10,000 are replayed.`}</p>
    </>
  );
}
