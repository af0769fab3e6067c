import { useLingui } from "@lingui/react/macro";
import { Approvals } from "./Approvals";
import { ClassWhy } from "./ClassWhy";
import { Clocks } from "./Clocks";
import { Groups } from "./Groups";
import { Handlers } from "./Handlers";
import { Known } from "./Known";
import { Missing } from "./Missing";
import { Moves } from "./Moves";
import { Obligations } from "./Obligations";
import classes from "./Overview.module.css";
import type { SectionProps } from "./sections";

/** What has to be known and decided now; what was done is beside it. */
export function Overview({ detail }: SectionProps) {
  const { t } = useLingui();
  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <Missing detail={detail} />
        <Obligations detail={detail} />
        <ClassWhy detail={detail} />
        <Known detail={detail} />
      </div>
      <aside className={classes.side} aria-label={t`People, clocks and history`}>
        <Approvals approvals={detail.approvals} />
        <Clocks clocks={detail.clocks} />
        <Groups incidentId={detail.row.id} />
        <Handlers incidentId={detail.row.id} />
        <Moves transitions={detail.transitions} />
      </aside>
    </div>
  );
}
