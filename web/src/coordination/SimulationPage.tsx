import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { PolicyVersion } from "../api/names";
import { useRight } from "../session/useRights";
import { Choice } from "../shell/Choice";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { AlertSimulation } from "./AlertSimulation";
import { IncidentSimulation } from "./IncidentSimulation";
import { Parts } from "./Parts";
import { versionsQuery } from "./queries";
import classes from "./Simulation.module.css";
import { useVersionStateWord } from "./VersionState";

/** A version against what happened: past incidents judged anew, and past alerts given out anew. Nothing is changed. */
export function SimulationPage() {
  const { t } = useLingui();
  const query = useQuery(versionsQuery);
  return (
    <PageFrame
      title={t`Simulation`}
      name={t`Simulation of the coordination rules`}
      lead={t`What other rules would have done with what happened. Nothing is changed and nobody is told.`}
    >
      <Parts />
      <Fetched query={query}>{({ versions }) => <Simulations versions={versions} />}</Fetched>
    </PageFrame>
  );
}

function Simulations({ versions }: { readonly versions: readonly PolicyVersion[] }) {
  const { t } = useLingui();
  const { version } = useSearch({ from: "/shell/coordination/simulation" });
  const navigate = useNavigate({ from: "/coordination/simulation" });
  const word = useVersionStateWord();
  const mayAssign = useRight("alerts.assign");
  const chosen = versions.find((each) => each.sha256 === version) ?? versions[0];
  if (!chosen) return <p>{t`No version is known yet.`}</p>;
  return (
    <>
      <div className={classes.version}>
        <Choice
          label={t`Version`}
          value={chosen.sha256}
          onChange={(sha256) => void navigate({ search: { version: sha256 }, replace: true })}
          options={versions.map((each) => ({
            value: each.sha256,
            text: `${each.id} ${each.version} · ${each.short} · ${word(each.state)}`,
          }))}
        />
      </div>
      <IncidentSimulation sha256={chosen.sha256} key={`incidents-${chosen.sha256}`} />
      {mayAssign && <AlertSimulation sha256={chosen.sha256} key={`alerts-${chosen.sha256}`} />}
    </>
  );
}
