import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Fragment } from "react";
import type { Alert, Explanation } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Icon } from "../shell/Icon";
import { Inert } from "../text/Inert";
import { formatSpan } from "../time/format";
import { Time } from "../time/Time";
import { Entities } from "./Entities";
import { HitStrip } from "./HitStrip";
import classes from "./WhyFired.module.css";

/** The rule's own words, what held, and on what values. */
export function WhyFired({ alert }: { readonly alert: Alert }) {
  const { t } = useLingui();
  const { explanation } = alert;
  return (
    <Card id="why-fired" title={t`Why it fired`} aside={<code>{`${alert.rule.name} v${alert.rule.version}`}</code>}>
      <div className={classes.parts}>
        <Sentence alert={alert} />
        <Condition explanation={explanation} />
        {explanation.leaves && explanation.leaves.length > 0 && <Leaves leaves={explanation.leaves} />}
        {explanation.kind !== "event" && <HitStrip alert={alert} />}
        <Entities entities={alert.entities ?? []} />
      </div>
    </Card>
  );
}

function Sentence({ alert }: { readonly alert: Alert }) {
  const { t, i18n } = useLingui();
  const { explanation, group } = alert;
  const fields = (group.fields ?? []).map((field, index) => ({ field, value: group.values?.[index] ?? "" }));
  const observed = Number(explanation.observed ?? alert.hits);
  const span = explanation.timespan_us ? formatSpan(explanation.timespan_us / 1e6, i18n.locale) : undefined;
  return (
    <div className={classes.sentence}>
      <p>
        {explanation.kind === "event" &&
          t`${plural(alert.hits, { one: "# event met the condition below.", other: "# events met the condition below." })}`}
        {explanation.kind === "event_count" &&
          t`${plural(observed, { one: "# event in the window; the rule asks for the number below.", other: "# events in the window; the rule asks for the number below." })}`}
        {explanation.kind === "value_count" &&
          t`${plural(observed, { one: "# different value in the window; the rule asks for the number below.", other: "# different values in the window; the rule asks for the number below." })}`}
        {explanation.kind === "temporal" &&
          t`${plural(observed, { one: "# of the rules below fired in one window.", other: "# of the rules below fired in one window." })}`}
        {explanation.kind === "temporal_ordered" &&
          t`${plural(observed, { one: "# of the rules below fired in one window, in this order.", other: "# of the rules below fired in one window, in this order." })}`}
        {explanation.kind === "value_sum" &&
          t`The sum of the values in the window; the rule asks for the number below.`}
        {explanation.kind === "value_avg" &&
          t`The average of the values in the window; the rule asks for the number below.`}
        {explanation.kind === "value_median" &&
          t`The median of the values in the window; the rule asks for the number below.`}
        {explanation.kind === "value_percentile" &&
          t`The percentile of the values in the window; the rule asks for the number below.`}
      </p>
      <dl className={classes.figures}>
        {explanation.threshold && (
          <div>
            <dt>{t`Threshold`}</dt>
            <dd>
              <code>
                <Threshold text={explanation.threshold} />
              </code>
            </dd>
          </div>
        )}
        {explanation.observed !== null && explanation.observed !== undefined && (
          <div>
            <dt>{t`Counted`}</dt>
            <dd className={classes.counted}>
              {new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: 12 }).format(observed)}
            </dd>
          </div>
        )}
        {span && (
          <div>
            <dt>{t`Within`}</dt>
            <dd>{span}</dd>
          </div>
        )}
        {fields.map(({ field, value }) => (
          <div key={field}>
            <dt>
              {t`For the same`} <code>{field}</code>
            </dt>
            <dd>
              <code>
                <Inert value={value} isExpandable />
              </code>
            </dd>
          </div>
        ))}
        <div>
          <dt>{t`Window`}</dt>
          <dd>
            <Time us={alert.window.start_us} />
            {" – "}
            <Time us={alert.window.end_us} isClockOnly />
          </dd>
        </div>
      </dl>
    </div>
  );
}

const RELATIONS: Readonly<Record<string, string>> = { gte: "≥", gt: ">", lte: "≤", lt: "<", eq: "=", neq: "≠" };

/** Sigma writes `gte: 10`; people read `≥ 10`. */
function Threshold({ text }: { readonly text: string }) {
  return text.replace(/\b(gte|gt|lte|lt|eq|neq)\b:?\s*/g, (_whole, relation: string) => `${RELATIONS[relation]} `);
}

/** The condition with the names of what held marked in it. */
function Condition({ explanation }: { readonly explanation: Explanation }) {
  const { t, i18n } = useLingui();
  const held = new Set((explanation.leaves ?? []).map((leaf) => leaf.selection));
  const words = explanation.condition.split(/([\w*.-]+)/u);
  const members = explanation.members ?? [];
  return (
    <div className={classes.condition}>
      <h3>{t`Condition of the rule`}</h3>
      <pre>
        {words.map((word, index) => {
          const isHeld =
            held.has(word) || (word.endsWith("*") && [...held].some((name) => name.startsWith(word.slice(0, -1))));
          // biome-ignore lint/suspicious/noArrayIndexKey: words of one text never move
          return <Fragment key={index}>{isHeld ? <mark>{word}</mark> : word}</Fragment>;
        })}
      </pre>
      {members.length > 0 && (
        <ul className={classes.members} aria-label={t`Rules that had to fire`}>
          {members.map((member) => (
            <li key={member["en"] ?? member["vi"]}>
              <Icon name="check" />
              <Inert value={inLanguage(member, i18n.locale) ?? ""} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Leaves({ leaves }: { readonly leaves: NonNullable<Explanation["leaves"]> }) {
  const { t } = useLingui();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways on a narrow screen must be reachable by keyboard
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={t`Comparisons that held`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t`Selection`}</th>
            <th scope="col">{t`Field`}</th>
            <th scope="col">{t`The rule expects`}</th>
            <th scope="col">{t`The event has`}</th>
          </tr>
        </thead>
        <tbody>
          {leaves.map((leaf) => (
            <tr key={`${leaf.selection} ${leaf.field} ${leaf.expected}`}>
              <td>
                <mark>{leaf.selection}</mark>
              </td>
              <td>
                <code>{leaf.field ?? t`any field`}</code>
              </td>
              <td>
                <code>
                  <Inert value={leaf.expected} isExpandable />
                </code>
              </td>
              <td className={classes.actual}>
                <code>
                  <Inert value={leaf.actual} isExpandable />
                </code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
