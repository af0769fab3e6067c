import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useId } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { OrganisationPreviewAnswer } from "../api/names";
import { ApiError } from "../api/problem";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Icon } from "../shell/Icon";
import { useErrorText } from "../shell/Notices";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./Administration.module.css";

type Form = "yaml" | "csv";

/** The organisation out as files, and in again in two steps: a preview that changes nothing, then in force. */
export function Transfer() {
  const { t, i18n } = useLingui();
  const errorText = useErrorText();
  const { act, isActing } = useAct();
  const field = useId();
  const preview = useMutation({
    mutationFn: async (chosen: readonly File[]) => {
      const files = Object.fromEntries(
        await Promise.all(chosen.map(async (file) => [file.name, await file.text()] as const)),
      );
      return answerOf(api.PUT("/api/v1/organisation/import", { body: { files } }));
    },
  });
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    const chosen = [...(event.currentTarget.files ?? [])];
    event.currentTarget.value = "";
    if (chosen.length > 0) preview.mutate(chosen);
  };
  const adopt = ({ token }: OrganisationPreviewAnswer): void => {
    void act(() => answerOf(api.POST("/api/v1/organisation/import/{token}", { params: { path: { token } } })), {
      done: t`The organisation is in force`,
      refresh: [["organisation"], ["people"]],
    }).then((isDone) => isDone && preview.reset());
  };
  const save = (format: Form): void => {
    void act(
      async () => {
        const { files } = await answerOf(api.GET("/api/v1/organisation/export", { params: { query: { format } } }));
        for (const [name, text] of Object.entries(files)) download(name, text);
      },
      { done: t`Saved`, refresh: [] },
    );
  };
  const hint =
    preview.error instanceof ApiError
      ? inLanguage<string>({ ...preview.error.problem?.hint_text }, i18n.locale)
      : undefined;
  return (
    <Card id="transfer" title={t`Export and import`}>
      <div className={classes.acts}>
        <Button variant="default" size="xs" disabled={isActing} onClick={() => save("yaml")}>
          {t`Export as YAML`}
        </Button>
        <Button variant="default" size="xs" disabled={isActing} onClick={() => save("csv")}>
          {t`Export as CSV tables`}
        </Button>
      </div>
      <div className={classes.import}>
        <label
          htmlFor={field}
        >{t`Import: organisation.yaml, or tables such as units.csv and assets.csv (at most 1 MiB)`}</label>
        <input id={field} type="file" multiple accept=".yaml,.yml,.csv" onChange={choose} />
        <p className={classes.note}>
          {t`First a preview, which changes nothing. A table that is not given stays as it is. Larger files go through the command line:`}{" "}
          <code>{IMPORT}</code>
        </p>
      </div>
      {preview.isError && (
        <div role="alert" className={classes.bad}>
          <Icon name="warn" />
          <div>
            <p>{errorText(preview.error)}</p>
            {hint && <p>{hint}</p>}
          </div>
        </div>
      )}
      {preview.data && (
        <section aria-labelledby="preview">
          <h3 id="preview">{t`Preview: nothing has changed yet`}</h3>
          <Changes found={preview.data} />
          <div className={classes.acts}>
            <Button size="xs" loading={isActing} onClick={() => adopt(preview.data)}>
              {t`Put in force`}
            </Button>
            <Button variant="default" size="xs" onClick={() => preview.reset()}>
              {t`Leave it`}
            </Button>
          </div>
        </section>
      )}
    </Card>
  );
}

function Changes({ found }: { readonly found: OrganisationPreviewAnswer }) {
  const { t } = useLingui();
  const kinds: Readonly<Record<string, string>> = {
    added: t`new`,
    changed: t`changed`,
    ended: t`ended`,
    removed: t`removed`,
  };
  const left = found.left_off;
  return (
    <>
      <p>
        {Object.entries(found.counts)
          .map(([kind, count]) => `${kinds[kind] ?? kind}: ${count}`)
          .join(" · ")}{" "}
        · {t`valid until`} <Time us={found.expires_us} />
      </p>
      {found.working.length > 0 && (
        <p className={classes.bad}>
          <Icon name="warn" />
          {t`These people would go and have open work:`} {found.working.join(", ")}
        </p>
      )}
      {found.changes.length > 0 && (
        <Table labelledBy="preview" columns={[t`Table`, t`Row`, t`What`, t`Fields`]} minWidth="30rem">
          {found.changes.map((each) => (
            <tr key={`${each.table} ${each.id} ${each.kind}`}>
              <th scope="row">{each.table}</th>
              <td>
                <Inert value={each.id} limit={100} />
              </td>
              <td>{kinds[each.kind]}</td>
              <td>
                <Inert value={each.fields.join(", ")} limit={160} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {left > 0 && (
        <p>{t`${plural(left, { one: "# further change is not listed", other: "# further changes are not listed" })}`}</p>
      )}
    </>
  );
}

const IMPORT = "khien organisation import DIR";

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
