import { useLingui } from "@lingui/react/macro";
import { Basis } from "../alert/Basis";
import type { BasisOf } from "../api/names";
import classes from "./BasisMark.module.css";

/** Whether a rule is the law, the law with figures of the parties' own, an assumption, or without a basis today; then its text. */
export function BasisMark({ of }: { readonly of: BasisOf }) {
  const word = useBasisWord();
  return (
    <>
      <b className={classes.mark} data-status={of.status}>
        {word(of.status)}
      </b>
      <Basis basis={of} />
    </>
  );
}

export function useBasisWord(): (status: BasisOf["status"]) => string {
  const { t } = useLingui();
  return (status) => {
    switch (status) {
      case "S":
        return t`Law`;
      case "S/A":
        return t`Law, own figure`;
      case "A":
        return t`Assumed`;
      case "L":
        return t`Law that is gone`;
    }
  };
}
