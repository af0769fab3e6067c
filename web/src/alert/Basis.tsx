import { useLingui } from "@lingui/react/macro";
import type { LegalBasis } from "../api/names";
import { inLanguage } from "../language/language";
import classes from "./Basis.module.css";

/** On what a rule stands, word for word as the signed policy gives it. */
export function Basis({ basis }: { readonly basis: Pick<LegalBasis, "status" | "text"> }) {
  const { i18n } = useLingui();
  return (
    <small className={classes.basis} data-status={basis.status}>
      {inLanguage(basis.text, i18n.locale)}
    </small>
  );
}
