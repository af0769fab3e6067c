import { useLingui } from "@lingui/react/macro";
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import type { Rulebook } from "../api/names";
import { CLASSES } from "../incident/search";
import { useClassWord } from "../incident/words";
import { useShortcuts } from "../keyboard/Keyboard";
import { Choice } from "../shell/Choice";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { PageFrame } from "../shell/PageFrame";
import { ApprovalTable } from "./ApprovalTable";
import { AssignmentTable, TakeByTable } from "./AssignmentTable";
import { ClassTable } from "./ClassTable";
import { FurtherDuties, ReminderTable } from "./FurtherTables";
import { InForce } from "./InForce";
import { matching } from "./matching";
import { ObligationTable } from "./ObligationTable";
import { OtherVersion } from "./OtherVersion";
import { Parts } from "./Parts";
import { policyQuery, rulebookQuery } from "./queries";
import classes from "./RulesPage.module.css";
import type { RulesSearch } from "./rulesSearch";

/** What the city and the police agreed, as tables for somebody who has a case in front of them. */
export function RulesPage() {
  const { t } = useLingui();
  const search = useSearch({ from: "/shell/coordination" });
  const policy = useQuery(policyQuery);
  const book = useQuery(rulebookQuery(search.version));
  return (
    <PageFrame
      title={t`Coordination rules`}
      name={t`Coordination rules`}
      lead={t`What the city and the police signed: how grave a case is, who leads, who must be told and by when.`}
    >
      <Parts />
      {search.version === undefined && <Fetched query={policy}>{(found) => <InForce policy={found} />}</Fetched>}
      <Filters search={search} />
      <Fetched query={book}>{(found) => <Tables book={found} search={search} />}</Fetched>{" "}
    </PageFrame>
  );
}

function Filters({ search }: { readonly search: RulesSearch }) {
  const { t } = useLingui();
  const navigate = useNavigate({ from: "/coordination" });
  const field = useRef<HTMLInputElement>(null);
  const classWord = useClassWord();
  useShortcuts("coordination", { "coordination.search": () => field.current?.focus() });
  const change = (next: Partial<RulesSearch>): void => {
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  };
  return (
    <>
      {search.version && <OtherVersion sha256={search.version} />}
      <div className={classes.filters} data-filters role="search">
        <TextInput
          ref={field}
          label={t`Search in the rules`}
          placeholder={t`leader, personal data, 24 hours …`}
          value={search.find ?? ""}
          onChange={(event) => change({ find: event.currentTarget.value || undefined })}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
            event.stopPropagation();
            if (search.find) change({ find: undefined });
            else event.currentTarget.blur();
          }}
          type="search"
          maxLength={100}
        />
        <Choice
          label={t`Obligations of`}
          value={search.class ?? ""}
          onChange={(value) => change({ class: CLASSES.find((each) => each === value) })}
          options={[
            { value: "", text: t`every class` },
            ...CLASSES.map((each) => ({ value: each, text: classWord(each) })),
          ]}
        />
      </div>
    </>
  );
}

/** Everything that a search can find by itself. */
function rowsOf(book: Rulebook): readonly unknown[] {
  return [
    ...book.classes.flatMap((each) => [[each.severity, each.text, each.leads], ...each.rules]),
    book.outside,
    ...book.joins,
    ...book.obligations,
    ...book.approvals.acts,
    ...book.assignment,
    ...book.take_by,
    ...book.reminders,
    ...book.requests,
    ...book.periodic,
  ];
}

function Tables({ book, search }: { readonly book: Rulebook; readonly search: RulesSearch }) {
  const { t } = useLingui();
  const needle = search.find ?? "";
  if (matching(rowsOf(book), needle).length === 0)
    return (
      <Empty
        why={t`Nothing in the rules has all of these words.`}
        next={t`Try fewer words; tone marks do not matter, and either language is searched.`}
      />
    );
  return (
    <>
      <ClassTable book={book} needle={needle} />
      <ObligationTable book={book} needle={needle} of={search.class} />
      <ApprovalTable book={book} needle={needle} />
      <AssignmentTable book={book} needle={needle} />
      <TakeByTable book={book} needle={needle} />
      <ReminderTable book={book} needle={needle} />
      <FurtherDuties book={book} needle={needle} />
    </>
  );
}
