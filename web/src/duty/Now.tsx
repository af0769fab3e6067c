import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { DutyAnswer, DutyShift } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Inert } from "../text/Inert";
import { useNow } from "../time/now";
import { Time } from "../time/Time";
import classes from "./Now.module.css";
import { dutyQuery } from "./queries";

/** Who is on duty now and who follows, by seat, and how each is reached. */
export function Now() {
  const { t } = useLingui();
  const query = useQuery(dutyQuery);
  const ends = Math.min(...(query.data?.now.map((shift) => shift.end_us) ?? []));
  const isOver = useNow() * 1e6 >= ends;
  const { refetch } = query;
  useEffect(() => {
    // Nothing is changed when a shift ends, so the stream does not say it.
    if (isOver) void refetch();
  }, [isOver, refetch]);
  return (
    <Card
      id="duty-now"
      title={t`On duty now`}
      aside={
        query.data && (
          <span>
            {t`As of`} <Time us={query.data.at_us} />
          </span>
        )
      }
    >
      <Fetched query={query}>{(duty) => <Seats duty={duty} />}</Fetched>
    </Card>
  );
}

function Seats({ duty }: { readonly duty: DutyAnswer }) {
  const { t } = useLingui();
  const first = duty.now.filter((shift) => shift.priority === 1);
  const standingBy = duty.now.filter((shift) => shift.priority > 1);
  if (duty.now.length === 0) {
    return (
      <p role="alert" className={classes.nobody}>{t`Nobody is on duty now. Put somebody in, or call the leader.`}</p>
    );
  }
  return (
    <>
      <ul className={classes.seats}>
        {first.map((shift) => (
          <Seat key={`${shift.seat} ${shift.person.id}`} shift={shift} next={nextOf(duty, shift)} />
        ))}
      </ul>
      {standingBy.length > 0 && (
        <>
          <h3 className={classes.subtitle}>{t`Standing by`}</h3>
          <ul className={classes.seats}>
            {standingBy.map((shift) => (
              <Seat key={`${shift.seat} ${shift.person.id}`} shift={shift} next={nextOf(duty, shift)} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function nextOf(duty: DutyAnswer, shift: DutyShift): DutyShift | undefined {
  return duty.next.find((other) => other.seat === shift.seat);
}

function Seat({ shift, next }: { readonly shift: DutyShift; readonly next: DutyShift | undefined }) {
  const { t, i18n } = useLingui();
  return (
    <li className={classes.seat}>
      <span className={classes.role}>
        {inLanguage(shift.role_name, i18n.locale)} · <Inert value={shift.seat} limit={63} />
      </span>
      <strong>
        <Inert value={inLanguage(shift.person.name, i18n.locale) ?? shift.person.id} limit={80} />
      </strong>
      <span className={classes.until}>
        {t`until`} <Time us={shift.end_us} />
        {shift.presence === "on_call" && <em>{t`on call, not at the desk`}</em>}
      </span>
      <ReachOf shift={shift} />
      {next && (
        <span className={classes.next}>
          {t`Then`} <Inert value={inLanguage(next.person.name, i18n.locale) ?? next.person.id} limit={80} />
        </span>
      )}
    </li>
  );
}

function ReachOf({ shift }: { readonly shift: DutyShift }) {
  const { t, i18n } = useLingui();
  const { reach } = shift;
  if (!reach) return <span className={classes.until}>{t`No number among the contacts: only through this page`}</span>;
  const words = { voice: t`Telephone`, sms: t`SMS`, mail: t`Mail` };
  return (
    <span className={classes.reach}>
      {reach.is_desk && <Inert value={`${inLanguage(reach.name, i18n.locale)}: `} limit={100} />}
      {numbersOf(reach.channels).map(({ address, kinds }) => (
        <span key={address}>
          {kinds.map((kind) => words[kind]).join(", ")} <Inert value={address} limit={120} />
        </span>
      ))}
    </span>
  );
}

type Channels = NonNullable<DutyShift["reach"]>["channels"];

/** One line a number, whatever it is good for. */
function numbersOf(channels: Channels): readonly { address: string; kinds: readonly Channels[number]["kind"][] }[] {
  const addresses = [...new Set(channels.map((channel) => channel.address))];
  return addresses.map((address) => ({
    address,
    kinds: channels.filter((channel) => channel.address === address).map((channel) => channel.kind),
  }));
}
