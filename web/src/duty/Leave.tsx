import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { LeaveView } from "../api/names";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import type { Step } from "./ActDialog";
import { leaveQuery } from "./queries";
import { type PartProps, Person, Steps, useMe } from "./Steps";
import { useLeaveWords } from "./words";

/** Who is away: one's own, or everybody's for those who edit the rota. */
export function Leave({ onStep }: PartProps) {
  const { t } = useLingui();
  const { me, mayEdit } = useMe();
  const query = useQuery(leaveQuery);
  const words = useLeaveWords();
  const buttons = (leave: LeaveView): readonly Step[] => {
    const send = (action: "approve" | "refuse" | "withdraw") => (reason: string) =>
      answerOf(
        api.POST("/api/v1/duty/leave/{leave_id}", {
          params: { path: { leave_id: leave.id } },
          body: { action, version: leave.version, reason: reason || null },
        }),
      );
    const isMine = leave.person.id === me;
    const mayLead = mayEdit && !isMine;
    const span = { start_us: leave.start_us, end_us: leave.end_us };
    const preview = { kind: "leave" as const, mode: "instead" as const, person: leave.person.id, ...span };
    const isOpen = leave.state === "asked" || leave.state === "approved";
    return [
      ...(mayLead && leave.state === "asked" ? [{ text: t`Approve`, send: send("approve"), preview }] : []),
      ...(mayLead && leave.state === "asked" ? [{ text: t`Refuse`, send: send("refuse") }] : []),
      ...((isMine || mayLead) && isOpen
        ? [{ text: t({ message: "Withdraw", context: "duty of a shift" }), send: send("withdraw") }]
        : []),
    ];
  };
  return (
    <Card id="duty-leave" title={t`Leave, training and sickness`} aside={mayEdit ? t`everybody's` : t`your own`}>
      <Fetched query={query}>
        {({ leave }) =>
          leave.length === 0 ? (
            <Empty
              why={t`Nobody is away and nobody has asked.`}
              next={t`Ask with “Ask for leave” above; whoever leads agrees.`}
            />
          ) : (
            <Table
              labelledBy="duty-leave"
              columns={[
                t({ message: "Who", context: "duty" }),
                t`From`,
                t`To`,
                t`Reason`,
                t`State`,
                t`What you can do`,
              ]}
            >
              {leave.map((each) => (
                <tr key={each.id}>
                  <th scope="row">
                    <Person of={each.person} />
                    <small>{words.kind(each.kind)}</small>
                  </th>
                  <td>
                    <Time us={each.start_us} />
                  </td>
                  <td>
                    <Time us={each.end_us} />
                  </td>
                  <td>
                    <Inert value={each.reason} limit={200} isExpandable />
                  </td>
                  <td>{words.state(each.state)}</td>
                  <td>
                    <Steps steps={buttons(each)} onStep={onStep} />
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Fetched>
    </Card>
  );
}
