import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Dialog } from "../shell/Dialog";
import classes from "./KeyboardHelp.module.css";
import { KeyList, LetterSwitch } from "./KeyList";

export function KeyboardHelp({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t`Keyboard shortcuts`} size="52rem">
      <p className={classes.more}>
        <Link to="/help" onClick={onClose}>
          {t`Help: how to triage, states and verdicts, clocks, words, and whom to ask`}
        </Link>
      </p>
      <KeyList prefix="keys" />
      <LetterSwitch />
    </Dialog>
  );
}
