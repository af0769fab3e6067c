import { useLingui } from "@lingui/react/macro";
import type { IncidentDetail } from "../api/names";
import { inLanguage } from "../language/language";
import bar from "../triage/ActionBar.module.css";
import classes from "./ActBar.module.css";
import { useAsk } from "./Asking";
import { useActionWord, useOrderWord } from "./words";

/** What the server offers this person now, and nothing else; what still stands against an act is said when it is opened. */
export function ActBar({ detail }: { readonly detail: IncidentDetail }) {
  const { t, i18n } = useLingui();
  const ask = useAsk();
  const actionWord = useActionWord();
  const orderWord = useOrderWord();
  if (detail.actions.length === 0 && detail.orders.length === 0) return null;
  return (
    <div className={`${bar.bar} ${classes.acts}`} role="toolbar" aria-label={t`Acts on this incident`}>
      {detail.actions.map((act) => (
        <button
          key={act.action}
          type="button"
          data-stands={act.refusal !== null || undefined}
          title={act.refusal ? inLanguage(act.refusal, i18n.locale) : undefined}
          onClick={() => ask({ kind: "move", act })}
        >
          {actionWord(act.action)}
          {act.two && <small>{t`two parties`}</small>}
        </button>
      ))}
      {detail.orders.map((order) => (
        <button key={order.kind} type="button" data-quiet onClick={() => ask({ kind: order.kind })}>
          {orderWord(order.kind)}
        </button>
      ))}
    </div>
  );
}
