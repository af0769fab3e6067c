import { useLingui } from "@lingui/react/macro";
import type { PolicyAnswer } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Icon } from "../shell/Icon";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { DayOf } from "./DayOf";
import classes from "./InForce.module.css";
import { SignatureList } from "./SignatureList";
import { shortHash } from "./shortHash";

/** Which version holds, since when, and who signed it. */
export function InForce({ policy }: { readonly policy: PolicyAnswer }) {
  const { t, i18n } = useLingui();
  const parties = new Map(policy.parties.map((each) => [each.id, inLanguage(each.name, i18n.locale) ?? each.id]));
  return (
    <Card id="in-force" title={t`Version in force`} aside={policy.version}>
      <p className={classes.title}>{inLanguage(policy.title, i18n.locale)}</p>
      <dl className={classes.facts}>
        <div>
          <dt>{t`Holds from`}</dt>
          <dd>
            <DayOf day={policy.effective_from} />
            {policy.effective_to && (
              <>
                {" – "}
                <DayOf day={policy.effective_to} />
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>{t`In force here since`}</dt>
          <dd>
            <Time us={policy.in_force_since_us} />
          </dd>
        </div>
        <div>
          <dt>{t`Number of the document`}</dt>
          <dd>{policy.document_number ? <Inert value={policy.document_number} limit={80} /> : t`none yet`}</dd>
        </div>
        <div>
          <dt>{t`Hash that both signed`}</dt>
          <dd>
            <code title={policy.sha256}>{shortHash(policy.sha256)}</code>
          </dd>
        </div>
      </dl>
      <SignatureList signatures={policy.signatures} parties={parties} />
      {policy.refused && (
        <p className={classes.refused} role="alert">
          <Icon name="warn" />
          <span>
            {t`A later version was refused and this one stays:`} {inLanguage(policy.refused.text, i18n.locale)} (
            <Time us={policy.refused.at_us} />)
          </span>
        </p>
      )}
    </Card>
  );
}
