import { useLingui } from "@lingui/react/macro";
import { Button, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import { inLanguage } from "../language/language";
import { sessionQuery } from "../session/session";
import { useRight } from "../session/useRights";
import { Choice } from "../shell/Choice";
import { Fetched } from "../shell/Fetched";
import classes from "./HandOvers.module.css";
import { dutyQuery } from "./queries";

/** The system collects what is open; whoever goes adds what they know. */
export function DraftHandOver() {
  const { t, i18n } = useLingui();
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const mayEdit = useRight("duty.edit");
  const duty = useQuery(dutyQuery);
  const { act, isActing } = useAct();
  const [chosen, setSeat] = useState("");
  const [notes, setNotes] = useState("");
  const me = session?.person.id;
  return (
    <Fetched query={duty}>
      {({ now }) => {
        const own = now.filter((shift) => shift.person.id === me);
        const seats = [...own, ...now.filter((shift) => shift.person.id !== me)];
        const seat = chosen || (own[0]?.seat ?? (mayEdit ? seats[0]?.seat : "")) || "";
        const submit = (event: FormEvent): void => {
          event.preventDefault();
          if (seat === "" || isActing) return;
          const send = () => answerOf(api.POST("/api/v1/duty/hand-overs", { body: { seat, notes } }));
          void act(send, { done: t`The hand-over is drafted`, refresh: [["duty", "hand-overs"]] }).then((isDone) => {
            if (isDone) setNotes("");
          });
        };
        return (
          <form className={classes.form} onSubmit={submit}>
            <p className={classes.lead}>
              {t`The draft holds what is open at this moment: incidents, deadlines of the next 24 hours, grave alerts, suppressions that end, parts that are down or silent. Both sign exactly that, with their second factor.`}
            </p>
            {own.length === 0 && (
              <p className={classes.lead}>
                {t`You have no seat at this moment. Whoever had one in the last 12 hours may still hand it over: choose it here.`}
              </p>
            )}
            <Choice
              label={t`Seat`}
              value={seat}
              options={[
                { value: "", text: t`Choose` },
                ...seats.map((shift) => ({
                  value: shift.seat,
                  text: `${shift.seat} · ${inLanguage(shift.person.name, i18n.locale) ?? shift.person.id}`,
                })),
              ]}
              onChange={setSeat}
            />
            <Textarea
              label={t`What the next one must know besides`}
              value={notes}
              onChange={(event) => setNotes(event.currentTarget.value)}
              autosize={false}
              rows={3}
              maxLength={8000}
            />
            <div>
              <Button type="submit" disabled={seat === ""} loading={isActing}>{t`Make the draft`}</Button>
            </div>
          </form>
        );
      }}
    </Fetched>
  );
}
