import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useRights } from "../session/useRights";
import { Empty } from "../shell/Empty";
import { PageFrame } from "../shell/PageFrame";
import { Exports } from "./Exports";
import { ResponseTimes } from "./ResponseTimes";

/** How long the response takes, and lists to take away. */
export function ReportsPage() {
  const { t } = useLingui();
  const rights = useRights();
  const title = t`Reports`;
  const mayMeasure = rights.includes("metrics.read");
  const mayExport = rights.includes("alerts.read") || rights.includes("incidents.read");
  return (
    <PageFrame
      title={title}
      name={title}
      lead={t`How long the response takes, and lists as files. The reports of one incident stand on its own page, under “Reports”.`}
    >
      {mayMeasure && <ResponseTimes />}
      {mayExport && <Exports />}
      {!mayMeasure && !mayExport && (
        <Empty
          why={t`Your role reads neither response times nor lists.`}
          next={<Link to="/help">{t`Help says whom to ask`}</Link>}
        />
      )}
    </PageFrame>
  );
}
