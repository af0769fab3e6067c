import { useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useId, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { PolicyVersion } from "../api/names";
import { Card } from "../shell/Card";
import { Choice } from "../shell/Choice";
import { Inert } from "../text/Inert";
import { hashOfFile } from "./hashOfFile";
import classes from "./Sign.module.css";

interface SignPaperProps {
  readonly version: PolicyVersion;
  readonly parties: ReadonlyMap<string, string>;
}

const EMPTY = { party: "", person: "", signed_at: "", document_number: "", scan_sha256: "", typed: "" };

/** A signature on paper: two persons of different homes enter the same, each reading it from the paper. */
export function SignPaper({ version, parties }: SignPaperProps) {
  const { t } = useLingui();
  const { act, isActing } = useAct();
  const [entry, setEntry] = useState(EMPTY);
  const scan = useId();
  const put = (next: Partial<typeof EMPTY>): void => setEntry((before) => ({ ...before, ...next }));
  const isWhole = Object.values(entry).every((each) => each.trim() !== "");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { sha256 } = version;
    void act(
      () => answerOf(api.POST("/api/v1/policy/versions/{sha256}/paper", { params: { path: { sha256 } }, body: entry })),
      { done: t`The entry is kept`, refresh: [["policy"]] },
    ).then((isDone) => isDone && setEntry(EMPTY));
  };
  return (
    <Card id="sign-paper" title={t`Enter a signature on paper`} aside={t`two persons, second factor`}>
      {version.paper.map((each) => (
        <p className={classes.waiting} key={`${each.party}-${each.person}`}>
          {t`Entered once, waits for a second person of another organisation:`}{" "}
          <Inert value={`${each.person} · ${each.document_number} · ${each.signed_at}`} limit={160} /> (
          <Inert value={each.entered_by} limit={60} />)
        </p>
      ))}
      <form className={classes.form} onSubmit={submit}>
        <div className={classes.pair}>
          <Choice
            label={t`Party that signed`}
            value={entry.party}
            onChange={(party) => put({ party })}
            options={[{ value: "", text: "–" }, ...[...parties].map(([value, text]) => ({ value, text }))]}
          />
          <TextInput
            label={t`Who signed (account)`}
            value={entry.person}
            maxLength={63}
            onChange={(event) => put({ person: event.currentTarget.value.trim() })}
          />
          <TextInput
            type="date"
            label={t`Day on the paper`}
            value={entry.signed_at}
            onChange={(event) => put({ signed_at: event.currentTarget.value })}
          />
          <TextInput
            label={t`Number of the document`}
            value={entry.document_number}
            maxLength={80}
            onChange={(event) => put({ document_number: event.currentTarget.value })}
          />
        </div>
        <div className={classes.field}>
          <label
            htmlFor={scan}
          >{t`Scan of the paper (only its SHA-256 is kept; the file stays on this machine)`}</label>
          <input
            id={scan}
            type="file"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) void hashOfFile(file).then((scan_sha256) => put({ scan_sha256 }));
            }}
          />
        </div>
        <TextInput
          label={t`SHA-256 of the scan`}
          value={entry.scan_sha256}
          maxLength={64}
          spellCheck={false}
          onChange={(event) => put({ scan_sha256: event.currentTarget.value.trim().toLowerCase() })}
        />
        <TextInput
          label={t`Short hash, typed from the paper`}
          description={t`Four groups of four; read it from the paper, not from this page.`}
          value={entry.typed}
          maxLength={80}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => put({ typed: event.currentTarget.value })}
        />
        <Button type="submit" variant="default" disabled={!isWhole || isActing}>
          {t`Enter it`}
        </Button>
      </form>
    </Card>
  );
}
