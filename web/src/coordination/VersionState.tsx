import { useLingui } from "@lingui/react/macro";
import type { PolicyVersion } from "../api/names";
import classes from "./VersionState.module.css";

type State = PolicyVersion["state"];

/** The way of a version to being law, and where this one stands. */
const WAY = ["draft", "one_side", "signed", "in_force"] as const;
const REACHED: Readonly<Record<State, number>> = {
  draft: 0,
  signed_a: 1,
  signed_b: 1,
  signed: 2,
  in_force: 3,
  superseded: 3,
  withdrawn: -1,
};

export function useVersionStateWord(): (state: State) => string {
  const { t } = useLingui();
  return (state) => {
    switch (state) {
      case "draft":
        return t`Draft, nobody has signed`;
      case "signed_a":
        return t`Side A signed, side B has not`;
      case "signed_b":
        return t`Side B signed, side A has not`;
      case "signed":
        return t`Both signed, waits for its first day`;
      case "in_force":
        return t({ message: "In force", context: "version of the rules" });
      case "superseded":
        return t`Replaced by a later version`;
      case "withdrawn":
        return t({ message: "Withdrawn", context: "version of the rules" });
    }
  };
}

export function VersionState({ state }: { readonly state: State }) {
  const { t } = useLingui();
  const word = useVersionStateWord();
  const reached = REACHED[state];
  const words: Readonly<Record<(typeof WAY)[number], string>> = {
    draft: t({ message: "Draft", context: "version of the rules" }),
    one_side: t`One side signed`,
    signed: t`Both signed`,
    in_force: t({ message: "In force", context: "version of the rules" }),
  };
  return (
    <div>
      <p className={classes.state} data-state={state}>
        {word(state)}
      </p>
      {reached >= 0 && (
        <ol className={classes.way}>
          {WAY.map((step, index) => (
            <li
              key={step}
              data-reached={index <= reached || undefined}
              aria-current={index === reached ? "step" : undefined}
            >
              {words[step]}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
