import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { DraftHandOver } from "./DraftHandOver";
import { HandOver } from "./HandOver";
import classes from "./HandOvers.module.css";
import { handOversQuery } from "./queries";

/** The hand-over of a shift: a new one, those that wait for a signature, and those before. */
export function HandOvers() {
  const { t } = useLingui();
  const query = useQuery(handOversQuery);
  return (
    <>
      <Card id="hand-over-draft" title={t`Hand a shift over`}>
        <DraftHandOver />
      </Card>
      <Fetched query={query}>
        {({ hand_overs: all }) => {
          const open = all.filter((each) => each.state === "drafted");
          const done = all.filter((each) => each.state !== "drafted");
          return (
            <>
              <Card id="hand-over-open" title={t`Waiting for signatures`}>
                {open.length === 0 ? (
                  <Empty
                    why={t`No hand-over waits for a signature.`}
                    next={t`One is written before the end of a shift, by whoever goes, and signed by both.`}
                  />
                ) : (
                  open.map((each) => <HandOver key={each.id} handOver={each} isOpen />)
                )}
              </Card>
              <Card
                id="hand-over-history"
                title={t`Hand-overs before`}
                aside={t`${plural(done.length, { one: "# of the newest hundred", other: "# of the newest hundred" })}`}
              >
                {done.length === 0 ? (
                  <Empty
                    why={t`No shift has been handed over here yet.`}
                    next={t`What both have signed is kept here.`}
                  />
                ) : (
                  <div className={classes.history}>
                    {done.map((each) => (
                      <HandOver key={each.id} handOver={each} isOpen={false} />
                    ))}
                  </div>
                )}
              </Card>
            </>
          );
        }}
      </Fetched>
    </>
  );
}
