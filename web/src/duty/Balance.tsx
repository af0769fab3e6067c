import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { useNow } from "../time/now";
import classes from "./Balance.module.css";
import { calendarQuery } from "./queries";
import { DAY_US, dayOf, hoursOf, startOf } from "./week";

const DAYS = 30;

/** Whether the load is shared: hours on duty in the days ahead, by person. */
export function Balance() {
  const { t, i18n } = useLingui();
  const from = startOf(dayOf(useNow() * 1e6));
  const to = from + DAYS * DAY_US;
  const query = useQuery(calendarQuery(from, to));
  const number = new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: 1 });
  return (
    <Card id="duty-balance" title={t`Hours on duty in the next 30 days, by person`} aside={t`standing by left out`}>
      <Fetched query={query}>
        {(calendar) => {
          const hours = hoursOf(calendar.shifts, from, to);
          // Against the others of the same role: a night at home is no night at the desk.
          const most = (role: string): number =>
            Math.max(1, ...hours.filter((each) => each.role.vi === role).map((each) => each.hours));
          return (
            <Table
              labelledBy="duty-balance"
              columns={[t({ message: "Who", context: "duty" }), t`Role`, t`Shifts`, t`Hours`]}
              minWidth="18rem"
            >
              {hours.map((each) => (
                <tr key={`${each.role.vi} ${each.person.id}`}>
                  <th scope="row">
                    <Inert value={inLanguage(each.person.name, i18n.locale) ?? each.person.id} limit={80} />
                  </th>
                  <td>{inLanguage(each.role, i18n.locale)}</td>
                  <td>{each.shifts}</td>
                  <td>
                    <span className={classes.hours}>
                      {number.format(each.hours)}
                      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                        <rect width={(each.hours / most(each.role.vi)) * 100} height="6" />
                      </svg>
                    </span>
                  </td>
                </tr>
              ))}
            </Table>
          );
        }}
      </Fetched>
    </Card>
  );
}
