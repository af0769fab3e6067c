import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from "react";
import type { BulkOutcome } from "../api/names";
import { Keys } from "../keyboard/Keys";
import { inLanguage } from "../language/language";
import { Icon } from "../shell/Icon";
import classes from "./BulkBar.module.css";
import { useTriage } from "./Triage";
import type { BulkStage } from "./useBulk";

const ENTER = [["Enter"]];
const ESCAPE = [["Esc"]];

/** The bar of a bulk act: how many, done so far, what was left alone and why. */
export function BulkBar() {
  const { bulk } = useTriage();
  const { stage } = bulk;
  if (!stage) return null;
  switch (stage.kind) {
    case "counting":
      return null;
    case "asking":
      return <Asking stage={stage} />;
    case "running":
      return <Running stage={stage} />;
    case "over":
      return <Over outcome={stage.outcome} isUndo={stage.isUndo} />;
  }
}

function Bar({
  children,
  onKeyDown,
}: {
  readonly children: ReactNode;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}) {
  const { t } = useLingui();
  return (
    <section className={classes.bar} aria-label={t`Act on many`} onKeyDown={onKeyDown}>
      {children}
    </section>
  );
}

function Asking({ stage }: { readonly stage: Extract<BulkStage, { kind: "asking" }> }) {
  const { t } = useLingui();
  const { bulk } = useTriage();
  const button = useRef<HTMLButtonElement>(null);
  const cameFrom = useRef<Element>(null);
  useLayoutEffect(() => {
    cameFrom.current = document.activeElement;
    button.current?.focus();
    return () => {
      if (cameFrom.current instanceof HTMLElement) cameFrom.current.focus({ preventScroll: true });
    };
  }, []);
  const { count } = stage.preview;
  const leave = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    event.nativeEvent.stopPropagation();
    bulk.dismiss();
  };
  return (
    <Bar onKeyDown={leave}>
      <p>{t`${plural(count, { one: "Exactly # alert group will be changed.", other: "Exactly # alert groups will be changed." })}`}</p>
      <button ref={button} type="button" className={classes.go} onClick={bulk.confirm}>
        {t`Do it`}
        <Keys of={ENTER} />
      </button>
      <button type="button" onClick={bulk.dismiss}>
        {t`Leave it`}
        <Keys of={ESCAPE} />
      </button>
    </Bar>
  );
}

function Running({ stage }: { readonly stage: Extract<BulkStage, { kind: "running" }> }) {
  const { t } = useLingui();
  const done = (stage.state?.done ?? 0) + (stage.state?.refused ?? 0);
  const count = stage.state?.count ?? 0;
  if (!stage.state) return null; // under a second nobody needs a bar
  return (
    <Bar>
      <p role="status">{stage.isUndo ? t`Undoing: ${done} of ${count}` : t`Changing: ${done} of ${count}`}</p>
      <progress value={done} max={count} aria-label={t`How far it is`} />
    </Bar>
  );
}

function Over({ outcome, isUndo }: { readonly outcome: BulkOutcome; readonly isUndo: boolean }) {
  const { t, i18n } = useLingui();
  const { bulk } = useTriage();
  const { done, refused, newcomers } = outcome;
  // What went as expected is said by the undo bar alone.
  if (refused.length === 0 && newcomers === 0) return null;
  const reasons = new Map<string, number>();
  for (const each of refused) {
    const text = inLanguage(each.text, i18n.locale) ?? each.code;
    reasons.set(text, (reasons.get(text) ?? 0) + 1);
  }
  return (
    <Bar>
      <div className={classes.outcome} role="status">
        <p>
          {isUndo
            ? t`${plural(done, { one: "# alert group was given back", other: "# alert groups were given back" })}`
            : t`${plural(done, { one: "# alert group was changed", other: "# alert groups were changed" })}`}
        </p>
        {refused.length > 0 && (
          <details>
            <summary>{t`${plural(refused.length, { one: "# was left alone: why", other: "# were left alone: why" })}`}</summary>
            <ul>
              {[...reasons].map(([text, count]) => (
                <li key={text}>{t`${count} × ${text}`}</li>
              ))}
            </ul>
          </details>
        )}
        {newcomers > 0 && (
          <p>{t`${plural(newcomers, { one: "# came since and was not included", other: "# came since and were not included" })}`}</p>
        )}
      </div>
      <button type="button" onClick={bulk.dismiss} aria-label={t`Dismiss`}>
        <Icon name="cross" />
      </button>
    </Bar>
  );
}
