import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { OverrideView } from "../api/names";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import type { Step } from "./ActDialog";
import { overridesQuery } from "./queries";
import { type PartProps, Person, Steps, useMe } from "./Steps";
import { useOverrideWord } from "./words";

/** Who was put at a seat, and who was called to stand in for somebody sick. */
export function Overrides({ onStep }: PartProps) {
  const { t } = useLingui();
  const { me, mayEdit } = useMe();
  const query = useQuery(overridesQuery);
  const word = useOverrideWord();
  const buttons = (row: OverrideView): readonly Step[] => {
    const send = (action: "accept" | "decline" | "withdraw") => (reason: string) =>
      answerOf(
        api.POST("/api/v1/duty/overrides/{override_id}", {
          params: { path: { override_id: row.id } },
          body: { action, version: row.version, reason: reason || null },
        }),
      );
    const isCalled = row.state === "asked" && row.person.id === me;
    const counts = row.state === "active" || row.state === "asked";
    return [
      ...(isCalled ? [{ text: t`Accept`, send: send("accept") }] : []),
      ...(isCalled ? [{ text: t`Decline`, send: send("decline") }] : []),
      ...(mayEdit && counts
        ? [{ text: t({ message: "Withdraw", context: "duty of a shift" }), send: send("withdraw") }]
        : []),
    ];
  };
  return (
    <Card id="duty-overrides" title={t`Put in, and called to stand in`}>
      <Fetched query={query}>
        {({ overrides }) =>
          overrides.length === 0 ? (
            <Empty why={t`Nobody was put in: the rota and its swaps hold.`} />
          ) : (
            <Table
              labelledBy="duty-overrides"
              columns={[t({ message: "Who", context: "duty" }), t`Seat`, t`From`, t`To`, t`State`, t`What you can do`]}
            >
              {overrides.map((each) => (
                <tr key={each.id}>
                  <th scope="row">
                    <Person of={each.person} />
                    <small>
                      {each.mode === "added" ? t`besides whoever has it` : t`in the place of whoever has it`}
                    </small>
                  </th>
                  <td>
                    <Inert value={each.seat} limit={63} />
                  </td>
                  <td>
                    <Time us={each.start_us} />
                  </td>
                  <td>
                    <Time us={each.end_us} />
                  </td>
                  <td>
                    {word(each.state)}
                    {each.state === "asked" && each.answer_due_us !== null && (
                      <small>
                        {t`answer until`} <Time us={each.answer_due_us} />
                      </small>
                    )}
                  </td>
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
