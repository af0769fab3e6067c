import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { foldedIncludes } from "../text/fold";
import { Inert } from "../text/Inert";
import { assetsQuery, contactsQuery, unitsQuery } from "./queries";

/** Rows on screen; the rest is counted, and a word narrows it down. */
const SHOWN = 50;

interface Words {
  readonly words: string;
}

interface RegisterProps<T> extends Words {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly query: UseQueryResult<readonly T[]>;
  readonly textOf: (row: T) => string;
  readonly row: (row: T) => ReactNode;
}

function Register<T>({ id, title, columns, query, words, textOf, row }: RegisterProps<T>) {
  const { t } = useLingui();
  const rows = query.data?.filter((each) => foldedIncludes(textOf(each), words)) ?? [];
  const left = rows.length - SHOWN;
  return (
    <Card id={id} title={title} aside={t`${plural(rows.length, { one: "# row", other: "# rows" })}`}>
      <Fetched query={query}>
        {(all) =>
          rows.length === 0 ? (
            <Empty
              why={all.length === 0 ? t`The organisation in force has none.` : t`Nothing here matches these words.`}
              next={all.length === 0 && t`They come with the import of the organisation's files.`}
            />
          ) : (
            <>
              <Table labelledBy={id} columns={columns} minWidth="40rem">
                {rows.slice(0, SHOWN).map(row)}
              </Table>
              {left > 0 && (
                <p>{t`${plural(left, { one: "# further row: type a word to find it", other: "# further rows: type a word to find them" })}`}</p>
              )}
            </>
          )
        }
      </Fetched>
    </Card>
  );
}

export function Units({ words }: Words) {
  const { t, i18n } = useLingui();
  const query = useQuery({ ...unitsQuery, select: (found) => found.units });
  return (
    <Register
      id="units"
      title={t`Units`}
      columns={[t`Name`, t`From`, t`Until`, t`Contact`]}
      query={query}
      words={words}
      textOf={(unit) => `${unit.id} ${unit.name.vi} ${unit.name.en} ${unit.contact ?? ""}`}
      row={(unit) => (
        <tr key={unit.id} data-off={unit.is_present ? undefined : true}>
          <th scope="row">
            <Inert value={inLanguage(unit.name, i18n.locale) ?? unit.id} limit={120} />
            <small>
              <code>{unit.id}</code>
            </small>
          </th>
          <td>{unit.from_day}</td>
          <td>
            {unit.to_day}
            {unit.successors.length > 0 && <small>{t`now: ${unit.successors.join(", ")}`}</small>}
          </td>
          <td>
            <code>{unit.contact}</code>
          </td>
        </tr>
      )}
    />
  );
}

export function Assets({ words }: Words) {
  const { t, i18n } = useLingui();
  const query = useQuery(assetsQuery);
  return (
    <Register
      id="assets"
      title={t`Systems`}
      columns={[t`Name`, t`Level`, t`Owner`, t`Operator`, t`Addresses`]}
      query={query}
      words={words}
      textOf={(asset) =>
        [asset.id, asset.name.vi, asset.name.en, asset.owner, asset.operator, ...asset.networks, ...asset.hosts].join(
          " ",
        )
      }
      row={(asset) => (
        <tr key={asset.id}>
          <th scope="row">
            <Inert value={inLanguage(asset.name, i18n.locale) ?? asset.id} limit={120} />
            <small>
              <code>{asset.id}</code>
            </small>
          </th>
          <td>{asset.level}</td>
          <td>
            <code>{asset.owner}</code>
          </td>
          <td>
            <code>{asset.operator}</code>
          </td>
          <td>
            <Inert value={[...asset.networks, ...asset.hosts].join(" ")} limit={160} isExpandable />
          </td>
        </tr>
      )}
    />
  );
}

export function Contacts({ words }: Words) {
  const { t, i18n } = useLingui();
  const query = useQuery({ ...contactsQuery, select: (found) => found.contacts });
  return (
    <Register
      id="contacts"
      title={t`Contacts`}
      columns={[t`Name`, t`Unit`, t`Reached by`, t`Stands in`, t`Tried on`]}
      query={query}
      words={words}
      textOf={(each) =>
        [each.id, each.name.vi, each.name.en, each.unit ?? "", ...each.channels.map((way) => way.address)].join(" ")
      }
      row={(each) => (
        <tr key={each.id}>
          <th scope="row">
            <Inert value={inLanguage(each.name, i18n.locale) ?? each.id} limit={120} />
            <small>
              <code>{each.id}</code>
            </small>
          </th>
          <td>
            <code>{each.unit}</code>
          </td>
          <td>
            {each.channels.map((way) => (
              <small key={`${way.kind} ${way.address}`}>
                {way.kind}: <Inert value={way.address} limit={120} />
              </small>
            ))}
          </td>
          <td>{each.deputies.join(", ")}</td>
          <td>
            {each.verified_on ?? t`never`}
            {each.is_stale && <small>{t`over a year ago`}</small>}
          </td>
        </tr>
      )}
    />
  );
}
