import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { IncidentDetail } from "../api/names";
import { inLanguage } from "../language/language";
import classes from "./OrderForm.module.css";
import { isUndone } from "./obligation";
import { TimeLeft } from "./TimeLeft";

const FIRST = 8;

/** What is still owed: an incident is closed when each of it is done or waived. */
export function Owed({ detail }: { readonly detail: IncidentDetail }) {
  const { t, i18n } = useLingui();
  const undone = detail.obligations.filter((each) => isUndone(each.state));
  const count = undone.length;
  const rest = count - FIRST;
  if (count === 0) return <p className={classes.about}>{t`Nobody is still to be told.`}</p>;
  return (
    <div className={classes.about}>
      <p>{t`${plural(count, { one: "# obligation is still open:", other: "# obligations are still open:" })}`}</p>
      <ul className={classes.owed}>
        {undone.slice(0, FIRST).map((each) => (
          <li key={each.id}>
            <span>
              {inLanguage(each.text, i18n.locale)} → {inLanguage(each.recipient_text, i18n.locale)}
            </span>
            <TimeLeft dueUs={each.due_us} isTight />
          </li>
        ))}
      </ul>
      {rest > 0 && <p>{t`${plural(rest, { one: "and # more", other: "and # more" })}`}</p>}
    </div>
  );
}
