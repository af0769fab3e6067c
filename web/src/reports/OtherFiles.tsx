import { useLingui } from "@lingui/react/macro";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { api } from "../api/client";
import type { ReportsAnswer } from "../api/names";
import { Ask, type Asked } from "../casework/Ask";
import classes from "../casework/Casework.module.css";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import own from "./Reports.module.css";
import { useDownload } from "./useDownload";

interface OtherFilesProps {
  readonly incidentId: string;
  readonly recipients: ReportsAnswer["recipients"];
}

/** The incident for other tools: STIX 2.1 for a recipient, and the whole case for another system of the team. */
export function OtherFiles({ incidentId, recipients }: OtherFilesProps) {
  const { t, i18n } = useLingui();
  const mayShare = useRight("reports.make");
  const mayTake = useRight("incidents.decide");
  const [recipient, setRecipient] = useState("");
  const [asked, setAsked] = useState<Asked>();
  const { download, isActing } = useDownload();
  const params = { path: { incident_id: incidentId } };
  if (!mayShare && !mayTake) return null;
  const takeWhole = (): void =>
    setAsked({
      title: t`Take the whole case away`,
      about: t`Everything that is known of this incident, as one file. It is on record like a change, and asks for the second factor.`,
      fields: [{ name: "reason", kind: "words", label: t`Reason` }],
      send: t`Export`,
      onSend: ({ reason = "" }) =>
        download(() =>
          api.POST("/api/v1/incidents/{incident_id}/export", { params, body: { reason }, parseAs: "blob" }),
        ),
    });
  return (
    <Card id="other-files" title={t`For other tools`}>
      <div className={own.tools}>
        {mayShare && (
          <>
            <NativeSelect
              label={t`STIX 2.1 for`}
              data={[
                { value: "", label: t`The team's own file (nothing left out)` },
                ...recipients.map(({ id, name }) => ({ value: id, label: inLanguage(name, i18n.locale) ?? id })),
              ]}
              value={recipient}
              onChange={(event) => setRecipient(event.currentTarget.value)}
            />
            <button
              type="button"
              className={classes.act}
              disabled={isActing}
              onClick={() =>
                download(() =>
                  api.GET("/api/v1/incidents/{incident_id}/stix", {
                    params: { ...params, query: recipient ? { recipient } : {} },
                    parseAs: "blob",
                  }),
                )
              }
            >
              {t`Download STIX`}
            </button>
          </>
        )}
        {mayTake && (
          <button type="button" className={classes.act} disabled={isActing} onClick={takeWhole}>
            {t`Export the whole case …`}
          </button>
        )}
      </div>
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </Card>
  );
}
