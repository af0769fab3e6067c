import { useLingui } from "@lingui/react/macro";
import type { IncidentDetail } from "../api/names";
import { inLanguage } from "../language/language";
import { Dialog } from "../shell/Dialog";
import { AnswerForm } from "./AnswerForm";
import type { Asking } from "./Asking";
import { AssignForm } from "./AssignForm";
import { ClockForm } from "./ClockForm";
import { MarkForm } from "./MarkForm";
import { MoveForm } from "./MoveForm";
import { PromoteForm } from "./PromoteForm";
import { ReviseForm } from "./ReviseForm";
import { SettleForm } from "./SettleForm";
import { useActionWord, useOrderWord } from "./words";

interface AskingDialogProps {
  readonly detail: IncidentDetail;
  readonly asking: Asking | undefined;
  readonly onClose: () => void;
}

export function AskingDialog({ detail, asking, onClose }: AskingDialogProps) {
  const title = useTitle(asking);
  return (
    <Dialog
      isOpen={asking !== undefined}
      onClose={onClose}
      title={title}
      size={asking?.kind === "revise" ? "60rem" : "36rem"}
    >
      {asking && <Form detail={detail} asking={asking} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ detail, asking, onClose }: AskingDialogProps & { readonly asking: Asking }) {
  switch (asking.kind) {
    case "move":
      return <MoveForm detail={detail} act={asking.act} onDone={onClose} />;
    case "revise":
      return <ReviseForm detail={detail} onDone={onClose} />;
    case "move_clock":
      return <ClockForm detail={detail} onDone={onClose} />;
    case "assign":
      return <AssignForm detail={detail} onDone={onClose} />;
    case "promote":
      return <PromoteForm detail={detail} onDone={onClose} />;
    case "mark":
      return <MarkForm detail={detail} onDone={onClose} />;
    case "tell":
    case "fulfil":
    case "waive":
    case "approve_notice":
      return <SettleForm detail={detail} kind={asking.kind} obligation={asking.obligation} onDone={onClose} />;
    case "grant":
    case "deny":
    case "withdraw":
      return <AnswerForm detail={detail} kind={asking.kind} approval={asking.approval} onDone={onClose} />;
  }
}

function useTitle(asking: Asking | undefined): string {
  const { i18n, t } = useLingui();
  const actionWord = useActionWord();
  const orderWord = useOrderWord();
  if (!asking) return "";
  if (asking.kind === "move") return actionWord(asking.act.action);
  if ("obligation" in asking) {
    const what = inLanguage(asking.obligation.text, i18n.locale) ?? asking.obligation.code;
    return `${orderWord(asking.kind)}: ${what}`;
  }
  if ("approval" in asking) {
    const what = inLanguage(asking.approval.text, i18n.locale) ?? asking.approval.act;
    switch (asking.kind) {
      case "grant":
        return t`Approve: ${what}`;
      case "deny":
        return t`Deny: ${what}`;
      case "withdraw":
        return t`Withdraw the request: ${what}`;
    }
  }
  return orderWord(asking.kind);
}
