import { useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useChangesOf } from "../live/Live";
import { useRight } from "../session/useRights";
import { PageFrame } from "../shell/PageFrame";
import { Balance } from "./Balance";
import { Calendar } from "./Calendar";
import { Changes } from "./Changes";
import classes from "./DutyPage.module.css";
import { EditDialog } from "./EditDialog";
import type { Edit } from "./edit";
import { Faults } from "./Faults";
import { HandOvers } from "./HandOvers";
import { Now } from "./Now";
import { RotaPart } from "./RotaPart";
import { type DutyPart, PARTS } from "./search";

/** Who is on duty, now and in the weeks ahead; how that changes; and how a shift is handed over. */
export function DutyPage() {
  const { t } = useLingui();
  const queries = useQueryClient();
  const { part = "calendar" } = useSearch({ from: "/shell/duty" });
  const [edit, setEdit] = useState<Edit>();
  useChangesOf("duty", () => void queries.invalidateQueries({ queryKey: ["duty"] }));
  const title = t({ message: "Duty", context: "duty of a shift" });
  return (
    <PageFrame title={title} name={title} actions={<Actions onEdit={setEdit} />}>
      <Tabs current={part} />
      {part === "calendar" && (
        <>
          <Now />
          <Faults />
          <Calendar onEdit={setEdit} />
          <Balance />
        </>
      )}
      {part === "changes" && <Changes />}
      {part === "hand-over" && <HandOvers />}
      {part === "rota" && <RotaPart />}
      {edit && <EditDialog edit={edit} onClose={() => setEdit(undefined)} key={edit.kind} />}
    </PageFrame>
  );
}

function Actions({ onEdit }: { readonly onEdit: (edit: Edit) => void }) {
  const { t } = useLingui();
  const mayAct = useRight("duty.act");
  const mayEdit = useRight("duty.edit");
  return (
    <div className={classes.actions}>
      {mayAct && (
        <>
          <button type="button" onClick={() => onEdit({ kind: "swap" })}>{t`Offer a swap`}</button>
          <button type="button" onClick={() => onEdit({ kind: "leave" })}>{t`Ask for leave`}</button>
          <button type="button" onClick={() => onEdit({ kind: "sick" })}>{t`Report sick`}</button>
        </>
      )}
      {mayEdit && <button type="button" onClick={() => onEdit({ kind: "override" })}>{t`Put somebody in`}</button>}
      <a href="/board" target="_blank" rel="noreferrer">{t`Duty board`}</a>
    </div>
  );
}

function Tabs({ current }: { readonly current: DutyPart }) {
  const { t } = useLingui();
  const mayAct = useRight("duty.act");
  const words: Record<DutyPart, string> = {
    calendar: t`On duty and calendar`,
    changes: t`Swaps, leave, overrides`,
    "hand-over": t`Hand-over of the shift`,
    rota: t`Rota and addresses`,
  };
  const shown = PARTS.filter((part) => mayAct || (part !== "changes" && part !== "hand-over"));
  return (
    <nav className={classes.tabs} aria-label={t`Parts of duty`}>
      {shown.map((part) => (
        <Link
          key={part}
          to="/duty"
          search={{ part: part === "calendar" ? undefined : part }}
          aria-current={part === current ? "page" : undefined}
        >
          {words[part]}
        </Link>
      ))}
    </nav>
  );
}
