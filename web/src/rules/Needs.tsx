import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { RuleView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./RulePage.module.css";

/** What must be there for it to fire. */
export function Needs({ view }: { readonly view: RuleView }) {
  const { t } = useLingui();
  const { row } = view;
  return (
    <Card id="rule-needs" title={t`What it needs`}>
      <dl className={classes.facts}>
        {row.log_source !== "" && (
          <Fact name={t`Log source`}>
            <Inert value={row.log_source} limit={200} />
          </Fact>
        )}
        {view.datasets.length > 0 && (
          <Fact name={t`Events of`}>
            <ul>
              {view.datasets.map((each) => (
                <li key={each.dataset}>
                  <code>
                    <Inert value={each.dataset} limit={80} />
                  </code>{" "}
                  {each.last_us === null ? (
                    <span
                      className={classes.note}
                    >{t`no rule upon it alone has fired yet: not known whether it arrives`}</span>
                  ) : (
                    <span className={classes.note}>
                      {t`arrives: a rule upon it alone last fired at`} <Time us={each.last_us} />
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </Fact>
        )}
        {view.condition !== "" && (
          <Fact name={t`Condition`}>
            <code>
              <Inert value={view.condition} limit={400} isExpandable />
            </code>
          </Fact>
        )}
        {view.fields.length > 0 && (
          <Fact name={t`Fields`}>
            <code>
              <Inert value={view.fields.join(", ")} limit={600} isExpandable />
            </code>
          </Fact>
        )}
        {view.unmapped.length > 0 && (
          <Fact name={t`Fields no reader of ours writes`}>
            <code>
              <Inert value={view.unmapped.join(", ")} limit={400} isExpandable />
            </code>
          </Fact>
        )}
        {view.filters.length > 0 && (
          <Fact name={t`Filters upon it`}>
            <Inert value={view.filters.join(", ")} limit={400} isExpandable />
          </Fact>
        )}
        {view.members.length > 0 && (
          <Fact name={t`Counts what these rules find`}>
            <Members of={view.members} />
          </Fact>
        )}
        {view.counted_by.length > 0 && (
          <Fact name={t`Counted by`}>
            <Members of={view.counted_by} />
          </Fact>
        )}
        {row.techniques.length > 0 && <Fact name={t`ATT&CK technique`}>{row.techniques.join(", ")}</Fact>}
        {view.version !== "" && (
          <Fact name={t`Version`}>
            <code>{view.version}</code>
          </Fact>
        )}
        {row.rule_id !== "" && (
          <Fact name={t`Id`}>
            <code>
              <Inert value={row.rule_id} limit={80} />
            </code>
          </Fact>
        )}
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Members({ of }: { readonly of: RuleView["members"] }) {
  const { i18n } = useLingui();
  return (
    <ul>
      {of.map((member) => (
        <li key={member.id}>
          <Link to="/rules/$name" params={{ name: member.id }}>
            <Inert value={inLanguage(member.title, i18n.locale) ?? member.id} limit={160} />
          </Link>
        </li>
      ))}
    </ul>
  );
}
