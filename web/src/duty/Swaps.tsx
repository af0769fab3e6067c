import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { SwapView } from "../api/names";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import type { Step } from "./ActDialog";
import { swapsQuery } from "./queries";
import { type PartProps, Person, Steps, useMe } from "./Steps";
import { useSwapWord } from "./words";

/** Swaps that are offered, accepted and approved. */
export function Swaps({ onStep }: PartProps) {
  const { t } = useLingui();
  const { me, mayEdit } = useMe();
  const query = useQuery(swapsQuery);
  const word = useSwapWord();
  const buttons = (swap: SwapView): readonly Step[] => {
    const isOpen = swap.state === "offered" || swap.state === "accepted";
    const mayLead = mayEdit && me !== swap.giver.id && me !== swap.taker.id;
    const preview = {
      kind: "swap" as const,
      mode: "instead" as const,
      person: swap.giver.id,
      taker: swap.taker.id,
      seat: swap.seat,
      start_us: swap.start_us,
      end_us: swap.end_us,
      return_seat: swap.return_seat,
      return_start_us: swap.return_start_us,
      return_end_us: swap.return_end_us,
    };
    const send = (action: "accept" | "decline" | "approve" | "withdraw") => (reason: string) =>
      answerOf(
        api.POST("/api/v1/duty/swaps/{swap_id}", {
          params: { path: { swap_id: swap.id } },
          body: { action, version: swap.version, reason: reason || null },
        }),
      );
    return [
      ...(me === swap.taker.id && swap.state === "offered" ? [{ text: t`Accept`, send: send("accept"), preview }] : []),
      ...(mayLead && swap.state === "accepted" ? [{ text: t`Approve`, send: send("approve"), preview }] : []),
      ...((me === swap.taker.id || mayLead) && isOpen ? [{ text: t`Decline`, send: send("decline") }] : []),
      ...(me === swap.giver.id && isOpen
        ? [{ text: t({ message: "Withdraw", context: "duty of a shift" }), send: send("withdraw") }]
        : []),
    ];
  };
  return (
    <Card id="duty-swaps" title={t`Swaps`} aside={t`those whose shift is not over`}>
      <Fetched query={query}>
        {({ swaps }) =>
          swaps.length === 0 ? (
            <Empty
              why={t`No swap is offered.`}
              next={t`Offer one with the button above, or from your shift on the calendar.`}
            />
          ) : (
            <Table
              labelledBy="duty-swaps"
              columns={[t`Shift`, t`Gives`, t`Takes`, t`Reason`, t`State`, t`What you can do`]}
            >
              {swaps.map((swap) => (
                <tr key={swap.id}>
                  <th scope="row">
                    <Inert value={swap.seat} limit={63} />
                    <small>
                      <Time us={swap.start_us} /> – <Time us={swap.end_us} />
                    </small>
                    {swap.return_start_us !== null && swap.return_end_us !== null && (
                      <small>
                        {t`in return:`} <Inert value={swap.return_seat ?? ""} limit={63} />{" "}
                        <Time us={swap.return_start_us} />
                      </small>
                    )}
                  </th>
                  <td>
                    <Person of={swap.giver} />
                  </td>
                  <td>
                    <Person of={swap.taker} />
                  </td>
                  <td>
                    <Inert value={swap.reason} limit={200} isExpandable />
                  </td>
                  <td>{word(swap.state)}</td>
                  <td>
                    <Steps steps={buttons(swap)} onStep={onStep} />
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
