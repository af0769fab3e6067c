import { useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import type { FormEvent } from "react";
import classes from "./Audit.module.css";
import { type AuditSearch, readAuditSearch } from "./search";

interface FiltersProps {
  readonly search: AuditSearch;
  readonly onChange: (search: AuditSearch) => void;
}

/** The filters of the address, as fields. */
export function Filters({ search, onChange }: FiltersProps) {
  const { t } = useLingui();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onChange(readAuditSearch(Object.fromEntries(new FormData(event.currentTarget))));
  };
  return (
    <form
      className={classes.filters}
      data-filters
      onSubmit={submit}
      role="search"
      aria-label={t`Filters of the audit log`}
    >
      <TextInput
        name="actor"
        label={t({ message: "Who", context: "timeline" })}
        placeholder={EXAMPLES.actor}
        defaultValue={search.actor}
        maxLength={128}
      />
      <TextInput
        name="act"
        label={t`Act begins with`}
        placeholder={EXAMPLES.act}
        defaultValue={search.act}
        maxLength={64}
      />
      <TextInput
        name="object"
        label={t`Subject`}
        placeholder={EXAMPLES.object}
        defaultValue={search.object}
        maxLength={200}
      />
      <TextInput name="from" type="date" label={t`From (day)`} defaultValue={search.from} />
      <TextInput name="to" type="date" label={t`Until (day)`} defaultValue={search.to} />
      <Button type="submit">{t`Filter`}</Button>
    </form>
  );
}

// What the log itself writes; the same in every language.
const EXAMPLES = { actor: "irt.analyst.1", act: "incident.", object: "incident/SC-2026-0001" };
