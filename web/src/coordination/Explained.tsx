import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { CaseExplanation } from "../api/names";
import { ClassMark } from "../incident/ClassMark";
import { CLASSES } from "../incident/search";
import { useMeansWord } from "../incident/words";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Icon } from "../shell/Icon";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { BasisMark } from "./BasisMark";
import classes from "./Explained.module.css";

/** What the rules say of the case: class, lead, obligations, and the acts that take both parties; each with its reason. */
export function Explained({ found }: { readonly found: CaseExplanation }) {
  return (
    <>
      <Verdict found={found} />
      <Owed found={found} />
      <Approvals found={found} />
    </>
  );
}

function Verdict({ found }: { readonly found: CaseExplanation }) {
  const { t, i18n } = useLingui();
  const severity = CLASSES.find((each) => each === found.severity) ?? null;
  return (
    <Card id="verdict" title={t`Class and lead`} aside={<Inert value={found.policy} limit={60} />}>
      <p className={classes.verdict}>
        <ClassMark of={severity} />
        <strong>{inLanguage(found.lead_text, i18n.locale)}</strong>
      </p>
      {severity === null && <p>{inLanguage(found.severity_text, i18n.locale)}</p>}
      {found.joins.map((join) => (
        <p key={join.id}>{inLanguage(join.texts[0], i18n.locale)}</p>
      ))}
      <h3 className={classes.sub}>{t`Because`}</h3>
      <ol className={classes.reasons}>
        {found.reasons.map((reason) => (
          <li key={reason.id} data-deciding={reason.is_deciding || undefined}>
            <code>{reason.id}</code> {inLanguage(reason.text, i18n.locale)} ({reason.severity})
            {reason.is_deciding && <b> {t`this one decides`}</b>}
            <small>{inLanguage(reason.basis.text, i18n.locale)}</small>
          </li>
        ))}
      </ol>
      {found.flags.length > 0 && (
        <p className={classes.flags}>
          {t`Flags in force:`} {found.flags.map((flag) => inLanguage(flag.texts[0], i18n.locale)).join("; ")}
        </p>
      )}
      <CouldRaise found={found} />
    </Card>
  );
}

function CouldRaise({ found }: { readonly found: CaseExplanation }) {
  const { t, i18n } = useLingui();
  const questions = new Map(
    found.could_raise.flatMap((each) => each.texts.map((text) => [text.en, inLanguage(text, i18n.locale) ?? text.en])),
  );
  if (questions.size === 0) return null;
  return (
    <div className={classes.raise}>
      <Icon name="warn" />
      <p>
        {t`Could be graver; nobody has answered yet:`} {[...questions.values()].join("; ")}
      </p>
    </div>
  );
}

function Owed({ found }: { readonly found: CaseExplanation }) {
  const { t, i18n } = useLingui();
  const means = useMeansWord();
  const count = found.obligations.length;
  return (
    <Card
      id="owed"
      title={t`Who must be told, and by when`}
      aside={t`${plural(count, { one: "# obligation", other: "# obligations" })}`}
    >
      {count === 0 ? (
        <p>{t`The rules ask nobody to be told of such a case.`}</p>
      ) : (
        <Table labelledBy="owed" columns={[t`Obligation`, t`To whom`, t`By when`, t`Legal basis`]} minWidth="46rem">
          {merged(found.obligations).map((group) => {
            const [each] = group;
            return (
              <tr key={`${each.code}-${each.occurrence}-${each.due_us}`}>
                <th scope="row">
                  {inLanguage(each.text, i18n.locale)} <code className={classes.code}>{each.code}</code>
                </th>
                <td className={classes.to}>
                  <ul>
                    {group.map((one) => (
                      <li key={one.recipient}>
                        <Inert value={inLanguage(one.recipient_text, i18n.locale) ?? one.recipient} limit={120} />
                      </li>
                    ))}
                  </ul>
                  <small>{meansOf(means, each.means)}</small>
                </td>
                <td>
                  <Time us={each.due_us} />
                  <small>
                    {t`clock from`} <Time us={each.start_us} />
                  </small>
                </td>
                <td className={classes.basis}>
                  <BasisMark of={each.basis} />
                </td>
              </tr>
            );
          })}
        </Table>
      )}
    </Card>
  );
}

type Owes = CaseExplanation["obligations"][number];

/** One duty to several bodies at one time is one line; the count above counts each body. */
function merged(owed: readonly Owes[]): readonly (readonly [Owes, ...Owes[]])[] {
  const groups = new Map<string, [Owes, ...Owes[]]>();
  for (const each of owed) {
    const key = `${each.code} ${each.occurrence} ${each.due_us}`;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups.values()];
}

type Means = Parameters<ReturnType<typeof useMeansWord>>[0];
const MEANS = ["voice", "writing", "message", "file"] as const satisfies readonly Means[];

function meansOf(word: (means: Means) => string, name: string): string {
  const known = MEANS.find((each) => each === name);
  return known ? word(known) : name;
}

function Approvals({ found }: { readonly found: CaseExplanation }) {
  const { t, i18n } = useLingui();
  if (found.approvals.length === 0) return null;
  return (
    <Card id="both-parties" title={t`Acts on this case that take both parties`}>
      <ul className={classes.acts}>
        {found.approvals.map((each) => (
          <li key={each.act}>{inLanguage(each.text, i18n.locale)}</li>
        ))}
      </ul>
    </Card>
  );
}
