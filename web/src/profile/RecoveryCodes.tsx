import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { CopyText } from "./CopyText";
import classes from "./Profile.module.css";

interface RecoveryCodesProps {
  readonly account: string;
  readonly codes: readonly string[];
  readonly onKept: () => void;
}

/** Shown once, right after setting up; copied or printed and put where the telephone is not. */
export function RecoveryCodes({ account, codes, onKept }: RecoveryCodesProps) {
  const { t } = useLingui();
  return (
    <section className={classes.once} aria-labelledby="recovery">
      <h3 id="recovery">{t`Recovery codes of ${account}: shown now and never again`}</h3>
      <p>{t`Each counts once, in place of a code of the telephone. Keep them where the telephone is not: on paper in a drawer that locks, or in a password manager.`}</p>
      <ol className={classes.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className={classes.row}>
        <CopyText text={codes.join("\n")} label={t`Copy all codes`} />
        <Button variant="default" size="xs" onClick={printOnly}>
          {t`Print`}
        </Button>
        <Button size="xs" onClick={onKept}>
          {t`I have kept them`}
        </Button>
      </div>
    </section>
  );
}

/** Paper gets the codes and nothing else of the page. */
function printOnly(): void {
  document.body.dataset.printing = "codes";
  window.addEventListener("afterprint", () => delete document.body.dataset.printing, { once: true });
  window.print();
}
