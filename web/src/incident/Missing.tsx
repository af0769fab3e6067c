import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { IncidentDetail } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { useAsk } from "./Asking";
import classes from "./Known.module.css";
import { vocabularyQuery } from "./queries";

/** Questions that nobody answered and that could make the class graver: in doubt the answer goes up. */
export function Missing({ detail }: { readonly detail: IncidentDetail }) {
  const { t, i18n } = useLingui();
  const { could_raise: could } = detail.severity;
  const words = useQuery({ ...vocabularyQuery(detail.row.id), enabled: could.length > 0 });
  const ask = useAsk();
  const mayRevise = detail.orders.some((each) => each.kind === "revise");
  if (could.length === 0 || !mayRevise) return null;
  const asked = new Set(could.flatMap((each) => each.facts));
  const count = asked.size;
  return (
    <Card
      id="missing"
      title={t`Unanswered questions that could make it graver`}
      aside={t`${plural(count, { one: "# question", other: "# questions" })}`}
    >
      <Fetched query={words}>
        {(data) => (
          <>
            <ul className={classes.missing}>
              {data.questions
                .filter((question) => asked.has(question.id))
                .map((question) => {
                  const rules = data.rules.filter((rule) =>
                    could.some((each) => each.rule === rule.id && each.facts.includes(question.id)),
                  );
                  return (
                    <li key={question.id}>
                      <strong>{inLanguage(question.text, i18n.locale)}</strong>
                      <small>
                        {rules
                          .map((rule) => `${rule.severity}: ${inLanguage(rule.text, i18n.locale) ?? rule.id}`)
                          .join(" · ")}
                      </small>
                    </li>
                  );
                })}
            </ul>
            <button type="button" className={classes.button} onClick={() => ask({ kind: "revise" })}>
              {t`Answer`}
            </button>
          </>
        )}
      </Fetched>
    </Card>
  );
}
