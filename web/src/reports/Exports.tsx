import { useLingui } from "@lingui/react/macro";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { api } from "../api/client";
import type { DatasetKind, Tab } from "../api/names";
import classes from "../casework/Casework.module.css";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { useTabWord } from "../triage/words";
import own from "./Reports.module.css";
import { useDownload } from "./useDownload";

const KINDS = ["live", "exercise", "import"] as const satisfies readonly DatasetKind[];
const TABS = [
  "team",
  "mine",
  "unattended",
  "critical",
  "linked",
  "suppressed",
  "closed",
] as const satisfies readonly Tab[];

/** Incidents and alert groups as CSV: everything this person may see under the filter, each export on record. */
export function Exports() {
  const { t } = useLingui();
  const mayIncidents = useRight("incidents.read");
  const mayAlerts = useRight("alerts.read");
  const tabWord = useTabWord();
  const [kind, setKind] = useState<DatasetKind>("live");
  const [tab, setTab] = useState<Tab>("team");
  const { download, isActing } = useDownload();
  const words: Readonly<Record<DatasetKind, string>> = {
    live: t`Live`,
    exercise: t`Exercises`,
    import: t`Imports`,
  };
  return (
    <Card id="exports" title={t`Lists as CSV`}>
      <p className={own.note}>
        {t`Every row that you may see, not only a page of them. Each export is written into the audit log.`}
      </p>
      <div className={own.tools}>
        <NativeSelect
          label={t`Data`}
          data={KINDS.map((value) => ({ value, label: words[value] }))}
          value={kind}
          onChange={(event) => setKind(KINDS.find((each) => each === event.currentTarget.value) ?? "live")}
        />
        {mayIncidents && (
          <button
            type="button"
            className={classes.act}
            disabled={isActing}
            onClick={() =>
              download(() =>
                api.GET("/api/v1/exports/incidents", { params: { query: { dataset_kind: kind } }, parseAs: "blob" }),
              )
            }
          >
            {t`Download incidents`}
          </button>
        )}
        {mayAlerts && (
          <>
            <NativeSelect
              label={t`Alert groups`}
              data={TABS.map((value) => ({ value, label: tabWord(value) }))}
              value={tab}
              onChange={(event) => setTab(TABS.find((each) => each === event.currentTarget.value) ?? "team")}
            />
            <button
              type="button"
              className={classes.act}
              disabled={isActing}
              onClick={() =>
                download(() =>
                  api.GET("/api/v1/exports/alerts", { params: { query: { tab, dataset: [kind] } }, parseAs: "blob" }),
                )
              }
            >
              {t`Download alert groups`}
            </button>
          </>
        )}
      </div>
    </Card>
  );
}
