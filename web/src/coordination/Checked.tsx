import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { PolicyCheck } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Checks } from "./Checks";
import classes from "./Checks.module.css";
import { Differences } from "./Differences";
import { useVersionStateWord } from "./VersionState";

interface CheckedProps {
  readonly found: PolicyCheck;
  readonly onKeep: () => void;
  readonly isActing: boolean;
}

/** What the checks say of an upload: faults first, with file and line; without any, what it changes and keeping it. */
export function Checked({ found, onKeep, isActing }: CheckedProps) {
  const isGood = found.faults_in_all === 0 && found.failed_cases.length === 0;
  return (
    <>
      {found.faults_in_all > 0 && <Faults found={found} />}
      {found.failed_cases.length > 0 && <FailedCases found={found} />}
      {isGood && <Keep found={found} onKeep={onKeep} isActing={isActing} />}
      {found.differences && <Differences found={found.differences} />}
      {isGood && <Checks detail={found} />}
    </>
  );
}

function Keep({ found, onKeep, isActing }: CheckedProps) {
  const { t } = useLingui();
  const word = useVersionStateWord();
  const { version, short, sha256, state } = found;
  return (
    <Card id="good" title={t`Every check holds`} aside={<code>{short}</code>}>
      {state === null ? (
        <>
          <p>{t`Version ${version} can be kept as a draft. Both parties sign this hash.`}</p>
          <Button onClick={onKeep} disabled={isActing}>
            {t`Keep as draft`}
          </Button>
        </>
      ) : (
        sha256 && (
          <p>
            {t`This version is known already:`} {word(state)}{" "}
            <Link to="/coordination/versions/$sha256" params={{ sha256 }}>{t`Open it`}</Link>
          </p>
        )
      )}
    </Card>
  );
}

function Faults({ found }: { readonly found: PolicyCheck }) {
  const { t, i18n } = useLingui();
  const count = found.faults_in_all;
  const rest = count - found.faults.length;
  return (
    <Card id="faults" title={t`To be mended`} aside={t`${plural(count, { one: "# fault", other: "# faults" })}`}>
      <ul className={classes.faults}>
        {found.faults.map((each) => {
          const { line } = each;
          return (
            <li key={`${each.file}-${each.line}-${each.place}-${each.text.en}`}>
              <code>
                <Inert value={each.file} limit={80} />
              </code>
              {line !== null && ` · ${t`line ${line}`}`}
              <p>
                <Inert value={inLanguage(each.text, i18n.locale) ?? each.code} limit={400} isExpandable />
              </p>
            </li>
          );
        })}
      </ul>
      {rest > 0 && (
        <p>{t`${plural(rest, { one: "# further fault is not listed", other: "# further faults are not listed" })}`}</p>
      )}
    </Card>
  );
}

function FailedCases({ found }: { readonly found: PolicyCheck }) {
  const { t } = useLingui();
  return (
    <Card id="failed-cases" title={t`Worked cases that these rules answer otherwise`} aside="golden.yaml">
      <Table labelledBy="failed-cases" columns={[t`Case`, t`Asked`, t`Written`, t`Answered`]} minWidth="36rem">
        {found.failed_cases.map(({ line, answer }) => (
          <tr key={`${answer.case}-${answer.what}`}>
            <th scope="row">
              {answer.case}
              {line !== null && <small>{t`line ${line}`}</small>}
            </th>
            <td>
              <Inert value={answer.what} limit={120} />
            </td>
            <td>
              <Inert value={answer.expected} limit={300} />
            </td>
            <td>
              <Inert value={answer.found} limit={300} />
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}
