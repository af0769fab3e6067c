import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { CalendarShift } from "../api/names";
import { sessionQuery } from "../session/session";
import { useRight } from "../session/useRights";
import { Dialog } from "../shell/Dialog";
import { Inert } from "../text/Inert";
import { useNow } from "../time/now";
import { Time } from "../time/Time";
import { useShiftText } from "./Calendar";
import classes from "./EditDialog.module.css";
import type { Edit } from "./edit";
import { useSourceWord } from "./words";

interface ShiftDialogProps {
  readonly shift: CalendarShift;
  readonly onClose: () => void;
  readonly onEdit: (edit: Edit) => void;
}

/** One shift: who, when, why, and what can be done about it. */
export function ShiftDialog({ shift, onClose, onEdit }: ShiftDialogProps) {
  const { t } = useLingui();
  const nowUs = useNow() * 1e6;
  const text = useShiftText()(shift);
  const sourceWord = useSourceWord();
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const mayAct = useRight("duty.act");
  const mayEdit = useRight("duty.edit");
  const isMine = shift.person.id === session?.person.id;
  const isOver = shift.end_us <= nowUs;
  return (
    <Dialog isOpen onClose={onClose} title={text.person} size="30rem">
      <dl className={classes.facts}>
        <dt>{t`Role and seat`}</dt>
        <dd>
          {text.role} · <Inert value={shift.seat} limit={63} />
        </dd>
        <dt>{t`Shift`}</dt>
        <dd>
          <Time us={shift.start_us} /> – <Time us={shift.end_us} />
        </dd>
        <dt>{t`Where`}</dt>
        <dd>{shift.presence === "on_call" ? t`on call, not at the desk` : t`at the desk`}</dd>
        <dt>{t`How it came about`}</dt>
        <dd>
          {sourceWord(shift.source)} <Inert value={shift.reference} limit={40} />
        </dd>
      </dl>
      <footer className={classes.buttons}>
        {isOver && <p>{t`This shift is over; what has passed stays as it was.`}</p>}
        {!isOver && mayAct && isMine && shift.start_us > nowUs && (
          <Button onClick={() => onEdit({ kind: "swap", shift })}>{t`Offer a swap`}</Button>
        )}
        {!isOver && mayAct && (isMine || mayEdit) && (
          <Button variant="default" onClick={() => onEdit({ kind: "sick", shift })}>{t`Report sick`}</Button>
        )}
        {!isOver && mayEdit && (
          <Button variant="default" onClick={() => onEdit({ kind: "override", shift })}>{t`Put somebody in`}</Button>
        )}
      </footer>
    </Dialog>
  );
}
