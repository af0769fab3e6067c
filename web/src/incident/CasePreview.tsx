import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Basis } from "../alert/Basis";
import type { CaseExplanation } from "../api/names";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Fetched } from "../shell/Fetched";
import classes from "./CasePreview.module.css";
import { ClassMark } from "./ClassMark";
import { explanationQuery, type SupposedCase } from "./queries";
import { CLASSES } from "./search";
import { TimeLeft } from "./TimeLeft";
import { useMeansWord } from "./words";

const TYPING_MS = 300;

/** What the rules would say of these answers: the class, why, and whom to tell by when. Nothing is stored. */
export function CasePreview({ supposed }: { readonly supposed: SupposedCase }) {
  const { t } = useLingui();
  const mayAsk = useRight("policy.read");
  const [settled] = useDebouncedValue(supposed, TYPING_MS);
  const query = useQuery({ ...explanationQuery(settled), enabled: mayAsk });
  if (!mayAsk) return null;
  return (
    <section className={classes.preview} aria-label={t`What the rules say of these answers`} aria-live="polite">
      <h3>{t`What the rules say of these answers`}</h3>
      <Fetched query={query}>{(explained) => <Explained explained={explained} />}</Fetched>
    </section>
  );
}

function Explained({ explained }: { readonly explained: CaseExplanation }) {
  const { t, i18n } = useLingui();
  const means = useMeansWord();
  const decides = explained.reasons.find((reason) => reason.is_deciding);
  const count = explained.obligations.length;
  return (
    <>
      <p className={classes.class}>
        <ClassMark of={CLASSES.find((each) => each === explained.severity) ?? null} />
        <span>
          {decides ? inLanguage(decides.text, i18n.locale) : inLanguage(explained.severity_text, i18n.locale)}
        </span>
      </p>
      <p>
        {t`Leads`}: {inLanguage(explained.lead_text, i18n.locale)}
      </p>
      <details open={count <= 6 || undefined}>
        <summary>{t`${plural(count, { one: "# obligation to tell somebody", other: "# obligations to tell somebody" })}`}</summary>
        <ul>
          {explained.obligations.map((each) => (
            <li key={`${each.code} ${each.recipient} ${each.occurrence}`}>
              <span>
                <strong>{inLanguage(each.recipient_text, i18n.locale)}</strong>: {inLanguage(each.text, i18n.locale)}{" "}
                {means(meansOf(each.means))}
                <Basis basis={each.basis} />
              </span>
              <TimeLeft dueUs={each.due_us} />
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function meansOf(means: string): "voice" | "writing" | "message" | "file" {
  return (["voice", "writing", "message", "file"] as const).find((each) => each === means) ?? "message";
}
