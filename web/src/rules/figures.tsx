import { useLingui } from "@lingui/react/macro";
import type { RuleFigures } from "../api/names";

const NONE = "–";

/** Alerts of a week and of a month. */
export function Alerts({ of }: { readonly of: RuleFigures }) {
  const { t, i18n } = useLingui();
  const figures = new Intl.NumberFormat(i18n.locale);
  const week = figures.format(of.alerts_7);
  const month = figures.format(of.alerts_30);
  return (
    <span title={t`${week} alerts in 7 days, ${month} in 30 days`}>
      {week} / {month}
    </span>
  );
}

/** How many of those closed were false alarms, as a share and as what the share is of. */
export function FalseShare({ of }: { readonly of: RuleFigures }) {
  const { t, i18n } = useLingui();
  const { closed_30: closed, false_30: wrong } = of;
  if (closed === 0) return <span title={t`None of its alert groups was closed in the last 30 days`}>{NONE}</span>;
  const share = new Intl.NumberFormat(i18n.locale, { style: "percent" }).format(wrong / closed);
  return (
    <span title={t`${wrong} of ${closed} alert groups closed in the last 30 days were false alarms`}>
      {share} <small>{t`${wrong} of ${closed}`}</small>
    </span>
  );
}

/** The place among the rules that fired: the first costs people most. */
export function Noise({ of }: { readonly of: RuleFigures }) {
  const { t } = useLingui();
  const { noise } = of;
  if (noise === null) return NONE;
  return (
    <span title={t`Place among the rules that fired in 30 days, by false alarms, then by alerts`}>{`#${noise}`}</span>
  );
}
