import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { AssignmentView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Icon } from "../shell/Icon";
import { Time } from "../time/Time";
import classes from "./Assignment.module.css";
import { Basis } from "./Basis";

/** Why this person: as it was decided and stored, never computed again. */
export function Assignment({ assignments }: { readonly assignments: readonly AssignmentView[] }) {
  const { t } = useLingui();
  const [latest, ...earlier] = assignments.toSorted((a, b) => b.at_us - a.at_us || b.id - a.id);
  if (!latest) return null;
  return (
    <Card id="assignment" title={t`Why this person`}>
      <Decision decision={latest} />
      {earlier.length > 0 && (
        <details className={classes.earlier}>
          <summary>{t`${plural(earlier.length, { one: "# earlier assignment", other: "# earlier assignments" })}`}</summary>
          {earlier.map((decision) => (
            <Decision decision={decision} key={decision.id} />
          ))}
        </details>
      )}
    </Card>
  );
}

function useCauseWord(): (cause: AssignmentView["cause"]) => string {
  const { t } = useLingui();
  return (cause) => {
    switch (cause) {
      case "arrived":
        return t`when it arrived`;
      case "returned":
        return t`when it came back`;
      case "reopened":
        return t`when it was reopened`;
      case "handed_over":
        return t`when it was handed over`;
      case "not_acknowledged":
        return t`because nobody took it in time`;
      case "taken":
        return t`by taking it`;
      case "escalated":
        return t`when it was escalated on request`;
    }
  };
}

function Decision({ decision }: { readonly decision: AssignmentView }) {
  const { t, i18n } = useLingui();
  const cause = useCauseWord();
  const chosen = decision.rungs.find((rung) => rung.chosen);
  return (
    <div className={classes.decision}>
      <p className={classes.person}>
        <strong>{inLanguage(decision.person.name, i18n.locale)}</strong>
        {decision.is_unattended && (
          <span className={classes.flag}>{t({ message: "unattended", context: "mark on a row" })}</span>
        )}
        <small>
          {cause(decision.cause)} · <Time us={decision.at_us} />
        </small>
      </p>
      <p className={classes.because}>{inLanguage(decision.decided_by, i18n.locale)}</p>
      <dl className={classes.facts}>
        <dt>{t`Leads`}</dt>
        <dd>{inLanguage(decision.lead, i18n.locale)}</dd>
        {chosen && (
          <>
            <dt>{t`Rung`}</dt>
            <dd>{inLanguage(chosen.text, i18n.locale)}</dd>
          </>
        )}
      </dl>
      {decision.rules.length > 0 && (
        <>
          <h3>{t`Coordination rules that spoke`}</h3>
          <ul className={classes.rules}>
            {decision.rules.map((rule) => (
              <li key={rule.id} data-decides={rule.decides || undefined}>
                <span>
                  {rule.decides && (
                    <>
                      <Icon name="check" />
                      <span className="unseen">{t`decides:`} </span>
                    </>
                  )}
                  {inLanguage(rule.text, i18n.locale)}
                </span>
                <Basis basis={rule.basis} />
              </li>
            ))}
          </ul>
        </>
      )}
      <Candidates decision={decision} />
      {decision.rungs.length > 1 && <Ladder decision={decision} />}
      <p className={classes.source}>
        {t`Policy ${decision.policy_id} ${decision.policy_version}, rota ${decision.rota_version}`}
        <br />
        <code title={decision.policy_sha256}>{`sha256 ${decision.policy_sha256.slice(0, 16)}…`}</code>
      </p>
    </div>
  );
}

function Ladder({ decision }: { readonly decision: AssignmentView }) {
  const { t, i18n } = useLingui();
  return (
    <details>
      <summary>{t`The ladder (${decision.rungs.length})`}</summary>
      <ol className={classes.ladder}>
        {decision.rungs.map((rung) => (
          <li key={rung.id} data-chosen={rung.chosen || undefined}>
            {inLanguage(rung.text, i18n.locale)}
            <small>{plural(rung.eligible, { one: "# person could", other: "# people could" })}</small>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Candidates({ decision }: { readonly decision: AssignmentView }) {
  const { t, i18n } = useLingui();
  if (decision.candidates.length === 0) return null;
  const figures = new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: 1 });
  const ranked = decision.candidates.toSorted(
    (a, b) => Number(b.chosen) - Number(a.chosen) || Number(b.eligible) - Number(a.eligible) || a.load - b.load,
  );
  return (
    <>
      <h3>{t`Who was weighed`}</h3>
      <ul className={classes.candidates}>
        {ranked.map((candidate) => (
          <li
            key={candidate.person.id}
            data-chosen={candidate.chosen || undefined}
            data-out={!candidate.eligible || undefined}
          >
            <span className={classes.mark}>
              {candidate.chosen ? <Icon name="check" /> : candidate.eligible ? null : <Icon name="cross" />}
            </span>
            <span>
              {inLanguage(candidate.person.name, i18n.locale)}
              {candidate.chosen && <span className="unseen"> {t`(chosen)`}</span>}
              {candidate.exclusion && <small>{inLanguage(candidate.exclusion, i18n.locale)}</small>}
            </span>
            {candidate.eligible && <span className={classes.load}>{t`load ${figures.format(candidate.load)}`}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
