import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { api } from "../api/client";
import type { ReportView } from "../api/names";
import classes from "../casework/Casework.module.css";
import { inLanguage, type Language } from "../language/language";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import own from "./Reports.module.css";
import { useDownload } from "./useDownload";

const FORMS = ["docx", "pdf", "json"] as const;

/** The reports that were made: by whom, when, for whom, what they lack; each as three files that say the same. */
export function Made({ reports }: { readonly reports: readonly ReportView[] }) {
  const { t, i18n } = useLingui();
  const [language, setLanguage] = useState<Language>(i18n.locale === "en" ? "en" : "vi");
  return (
    <Card
      id="reports-made"
      title={t`Reports that were made`}
      aside={t`${plural(reports.length, { one: "# report", other: "# reports" })}`}
    >
      {reports.length === 0 ? (
        <Empty why={t`No report of this incident was made yet.`} />
      ) : (
        <>
          <div className={own.tools}>
            <NativeSelect
              label={t`Language of the files`}
              data={[
                { value: "vi", label: "Tiếng Việt" },
                { value: "en", label: "English" },
              ]}
              value={language}
              onChange={(event) => setLanguage(event.currentTarget.value === "en" ? "en" : "vi")}
            />
          </div>
          <Table
            labelledBy="reports-made"
            minWidth="44rem"
            columns={[t`Report`, t`For whom`, t`Made`, t`Missing or left out`, t`Files`]}
          >
            {reports.map((report) => (
              <Row key={report.id} report={report} language={language} />
            ))}
          </Table>
        </>
      )}
    </Card>
  );
}

function Row({ report, language }: { readonly report: ReportView; readonly language: Language }) {
  const { t, i18n } = useLingui();
  const { download, isActing } = useDownload();
  const { number } = report;
  const title = inLanguage(report.title, i18n.locale) ?? report.kind;
  const missing = report.missing.length;
  const withheld = report.withheld.length;
  const masked = Object.values(report.masked).reduce((sum, count) => sum + count, 0);
  const label = (form: string): string => t`${form} of report ${number}`;
  return (
    <tr>
      <th scope="row">
        {t`No. ${number}`} · {title}
        <small>
          <code title={report.sha256}>{`SHA-256 ${report.sha256.slice(0, 16)}…`}</code>
        </small>
      </th>
      <td>
        <Inert value={inLanguage(report.recipient_name, i18n.locale) ?? report.recipient} limit={120} />
      </td>
      <td>
        <Time us={report.made_us} />
        <small>{inLanguage(report.made_by.name, i18n.locale)}</small>
      </td>
      <td>
        {missing + withheld + masked === 0 && t`Nothing`}
        {missing > 0 && (
          <div title={report.missing.map((fact) => inLanguage(fact.label, i18n.locale)).join(", ")}>
            {t`${plural(missing, { one: "# fact missing", other: "# facts missing" })}`}
          </div>
        )}
        {withheld > 0 && <div>{t`${plural(withheld, { one: "# fact withheld", other: "# facts withheld" })}`}</div>}
        {masked > 0 && <div>{t`${plural(masked, { one: "# value masked", other: "# values masked" })}`}</div>}
      </td>
      <td>
        <span className={own.files}>
          {FORMS.map((form) => (
            <button
              type="button"
              key={form}
              className={classes.act}
              disabled={isActing}
              aria-label={label(form.toUpperCase())}
              onClick={() =>
                download(() =>
                  api.GET("/api/v1/reports/{report_id}/{form}", {
                    params: { path: { report_id: report.id, form }, query: { language } },
                    parseAs: "blob",
                  }),
                )
              }
            >
              {form.toUpperCase()}
            </button>
          ))}
        </span>
      </td>
    </tr>
  );
}
