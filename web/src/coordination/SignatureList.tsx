import { useLingui } from "@lingui/react/macro";
import type { PersonBrief, SignatureView } from "../api/names";
import { inLanguage } from "../language/language";
import { Icon } from "../shell/Icon";
import { Inert } from "../text/Inert";
import { SignedAt } from "./DayOf";
import classes from "./SignatureList.module.css";

interface SignatureListProps {
  readonly signatures: readonly SignatureView[];
  /** Names of the bodies by their ids. */
  readonly parties: ReadonlyMap<string, string>;
}

/** Who signed, for which side, when and how. */
export function SignatureList({ signatures, parties }: SignatureListProps) {
  const { t, i18n } = useLingui();
  const nameOf = (person: PersonBrief): string => inLanguage(person.name, i18n.locale) ?? person.id;
  if (signatures.length === 0) return <p>{t`Nobody has signed yet.`}</p>;
  return (
    <ul className={classes.list}>
      {signatures.map((each) => {
        const side = each.side;
        const enteredBy = each.entered_by.map(nameOf).join(", ");
        return (
          <li key={`${each.party}-${each.person.id}`}>
            <Icon name="check" />
            <span>
              <strong>{side === null ? t`No side` : t`Side ${side}`}</strong>
              {": "}
              <Inert value={nameOf(each.person)} limit={80} /> {"–"}{" "}
              {parties.get(each.party) ?? <Inert value={each.party} />}
              <small>
                <SignedAt at={each.signed_at} />
                {" · "}
                {each.method === "ed25519" ? t`with a key (Ed25519)` : t`on paper`}
                {each.document_number && (
                  <>
                    {" · "}
                    {t`document`} <Inert value={each.document_number} limit={80} />
                  </>
                )}
                {enteredBy !== "" && ` · ${t`entered by ${enteredBy}`}`}
              </small>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
