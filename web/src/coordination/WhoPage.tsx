import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { CaseForm } from "./CaseForm";
import type { CaseSearch } from "./caseSearch";
import { Explained } from "./Explained";
import { OtherVersion } from "./OtherVersion";
import { Parts } from "./Parts";
import { explanationQuery, rulebookQuery } from "./queries";
import classes from "./WhoPage.module.css";

/** "Who would get this?": a case, and what the rules say of it, with every reason. Nothing is stored. */
export function WhoPage() {
  const { t } = useLingui();
  const search = useSearch({ from: "/shell/coordination/who" });
  const navigate = useNavigate({ from: "/coordination/who" });
  const book = useQuery(rulebookQuery(search.version));
  const change = (next: CaseSearch): void => {
    void navigate({ search: next, replace: true });
  };
  return (
    <PageFrame
      title={t`Who would get this?`}
      name={t`Who would get this?`}
      lead={t`Describe a case; the rules answer with its class, who leads and who must be told by when. Nothing is stored and nobody is told.`}
    >
      <Parts />
      {search.version && <OtherVersion sha256={search.version} />}
      <div className={classes.both}>
        <Fetched query={book}>{(found) => <CaseForm book={found} search={search} onChange={change} />}</Fetched>
        <Answer search={search} />
      </div>
    </PageFrame>
  );
}

function Answer({ search }: { readonly search: CaseSearch }) {
  const { t } = useLingui();
  const isAsked = Boolean(search.systems ?? search.flags ?? search.facts);
  const answer = useQuery({
    ...explanationQuery(search),
    enabled: isAsked,
    // The answer before stays while the next one comes, so that the page does not jump at every click.
    placeholderData: (before) => before,
  });
  if (!isAsked)
    return (
      <Empty
        why={t`No case is described yet.`}
        next={t`Choose a system, answer what is known, or set a flag. What nobody knows stays unanswered: the rules name the questions that could make it graver.`}
      />
    );
  return (
    <div className={classes.answer} aria-live="polite" aria-busy={answer.isFetching}>
      <Fetched query={answer}>{(found) => <Explained found={found} />}</Fetched>
    </div>
  );
}
