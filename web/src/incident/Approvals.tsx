import { useLingui } from "@lingui/react/macro";
import type { ApprovalView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import classes from "./Approvals.module.css";
import { Asked } from "./Asked";
import { useAsk } from "./Asking";
import acts from "./Obligations.module.css";
import { TimeLeft } from "./TimeLeft";
import { useApprovalStateWord } from "./words";

/** Acts of two parties: who asked, until when the second one can answer, and what was answered. */
export function Approvals({ approvals }: { readonly approvals: readonly ApprovalView[] }) {
  const { t } = useLingui();
  if (approvals.length === 0) return null;
  return (
    <Card id="approvals" title={t`Two-party approvals`}>
      <ul className={classes.list}>
        {approvals.map((approval) => (
          <Approval key={approval.id} approval={approval} />
        ))}
      </ul>
    </Card>
  );
}

function Approval({ approval }: { readonly approval: ApprovalView }) {
  const { t, i18n } = useLingui();
  const word = useApprovalStateWord();
  const ask = useAsk();
  return (
    <li>
      <p>
        <strong>{inLanguage(approval.text, i18n.locale)}</strong>
        {" · "}
        {word(approval.state)}
      </p>
      <p>
        {t`Asked by`} {inLanguage(approval.first.name, i18n.locale)} <Time us={approval.asked_us} />
      </p>
      {approval.state === "half" && <TimeLeft dueUs={approval.expires_us} isTight />}
      {approval.second && approval.ended_us !== null && (
        <p>
          {t`Answered by`} {inLanguage(approval.second.name, i18n.locale)} <Time us={approval.ended_us} />
        </p>
      )}
      <Asked approval={approval} />
      {approval.reason && (
        <blockquote>
          <Inert value={approval.reason} limit={300} isExpandable />
        </blockquote>
      )}
      {approval.refusal && (
        <p className={classes.refusal}>
          {t`You cannot approve it:`} {inLanguage(approval.refusal, i18n.locale)}
        </p>
      )}
      {approval.answers.length > 0 && (
        <div className={acts.acts}>
          {approval.answers.map((kind) => (
            <button key={kind} type="button" onClick={() => ask({ kind, approval })}>
              {kind === "grant" ? t`Approve …` : kind === "deny" ? t`Deny …` : t`Withdraw …`}
            </button>
          ))}
        </div>
      )}
    </li>
  );
}
