import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Ask, type Asked } from "./Ask";
import classes from "./Casework.module.css";
import { Measure } from "./Measure";
import { measuresQuery } from "./queries";
import { MEASURE_KINDS, useMeasureWord } from "./words";

interface MeasuresProps {
  readonly incidentId: string;
  /** The systems of the incident, offered first. */
  readonly assets?: readonly string[];
}

/** What is done against the attack: proposed, approved, applied, reviewed, removed. */
export function Measures({ incidentId, assets = [] }: MeasuresProps) {
  const { t } = useLingui();
  const query = useQuery(measuresQuery(incidentId));
  const mayPropose = useRight("countermeasures.work");
  const word = useMeasureWord();
  const [asked, setAsked] = useState<Asked>();
  const { act } = useAct();
  const propose = (): void =>
    setAsked({
      title: t`Propose a countermeasure`,
      fields: [
        {
          name: "measure",
          kind: "choice",
          label: t`What?`,
          choices: MEASURE_KINDS.map((value) => ({ value, label: word(value) })),
        },
        { name: "target", kind: "line", label: t`On what? (address, domain, account, file, …)` },
        {
          name: "asset",
          kind: "choice",
          label: t`Which system does it touch?`,
          isOptional: true,
          choices: [
            { value: "", label: t`None, or one that is not registered` },
            ...assets.map((value) => ({ value, label: value })),
          ],
        },
        { name: "why", kind: "words", label: t`Why?` },
      ],
      send: t`Propose`,
      onSend: ({ measure, target = "", asset, why = "" }) =>
        void act(
          () =>
            answerOf(
              api.POST("/api/v1/incidents/{incident_id}/countermeasures", {
                params: { path: { incident_id: incidentId }, header: { "Idempotency-Key": idempotencyKey() } },
                body: {
                  measure: MEASURE_KINDS.find((each) => each === measure) ?? "other",
                  target,
                  why,
                  ...(asset ? { asset } : {}),
                },
              }),
            ),
          { done: t`Proposed`, refresh: [["incident", incidentId]] },
        ),
    });
  const active = query.data?.countermeasures.filter((each) => each.state === "active").length ?? 0;
  return (
    <Card
      id="countermeasures"
      title={t`Countermeasures`}
      aside={query.data && t`${plural(active, { one: "# in force", other: "# in force" })}`}
    >
      <Fetched query={query}>
        {({ countermeasures }) =>
          countermeasures.length === 0 ? (
            <Empty why={t`No countermeasure was proposed yet.`} />
          ) : (
            <ol className={classes.list}>
              {countermeasures.map((measure) => (
                <Measure key={measure.id} measure={measure} />
              ))}
            </ol>
          )
        }
      </Fetched>
      {mayPropose && (
        <p className={classes.more}>
          <button type="button" className={classes.act} onClick={propose}>
            {t`Propose a countermeasure`}
          </button>
        </p>
      )}
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </Card>
  );
}
