import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { memo, type ReactNode } from "react";
import { HintBar } from "../keyboard/HintBar";
import type { Handlers } from "../keyboard/registry";
import { inertText } from "../text/escape";
import { ActionBar } from "../triage/ActionBar";
import classes from "./QueuePage.module.css";
import type { Selection } from "./useSelection";

interface FootProps {
  readonly selection: Selection;
  readonly actions: Handlers<"triage">;
  readonly total: number | undefined;
  readonly loaded: number;
}

/** What is selected and what can be done with it; otherwise the keys that matter here. */
export const Foot = memo(function Foot({ selection, actions, total, loaded }: FootProps) {
  const { t } = useLingui();
  const { all, ids } = selection;
  const text = useSelectedText(selection);
  const isSome = all !== undefined || ids.size > 0;
  return (
    <footer className={classes.foot}>
      {isSome ? (
        <>
          <ActionBar
            text={text}
            actions={actions}
            ids={[
              "acknowledge",
              "handOver",
              "verdict.truePositive",
              "verdict.expected",
              "verdict.falsePositive",
              "verdict.duplicate",
              "suppress",
              ...(all && (all.group !== undefined || all.total !== loaded) ? [] : (["incident", "note"] as const)),
              ...(!all && ids.size === 1 ? (["escalate"] as const) : []),
            ]}
          />
          {!all && loaded > 0 && ids.size === loaded && total !== undefined && total > loaded && (
            <Button onClick={() => selection.selectAll()}>
              {t`${plural(total, { one: "Select # group of this view", other: "Select all # groups of this view" })}`}
            </Button>
          )}
        </>
      ) : (
        <HintBar
          ids={[
            "queue.next",
            "queue.open",
            "acknowledge",
            "queue.select",
            "handOver",
            "queue.filter",
            "palette",
            "help",
          ]}
        />
      )}
      <p className={classes.total}>
        {total !== undefined && t`${plural(total, { one: "# alert group", other: "# alert groups" })}`}
      </p>
    </footer>
  );
});

function Button({ onClick, children }: { readonly onClick: () => void; readonly children: ReactNode }) {
  return (
    <button type="button" className={classes.everything} onClick={onClick}>
      {children}
    </button>
  );
}

function useSelectedText({ all, ids }: Selection): string {
  const { t } = useLingui();
  if (!all) return t`${plural(ids.size, { one: "# row selected", other: "# rows selected" })}`;
  const total = all.total ?? 0;
  if (all.group !== undefined) {
    const group = inertText(all.group);
    return t`${plural(total, {
      one: `All of the group “${group}”: # alert group`,
      other: `All of the group “${group}”: # alert groups`,
    })}`;
  }
  if (all.rule === undefined) {
    return t`${plural(total, { one: "All of this view: # alert group", other: "All of this view: # alert groups" })}`;
  }
  const rule = inertText(all.rule);
  return t`${plural(total, {
    one: `All of “${rule}” in this view: # alert group`,
    other: `All of “${rule}” in this view: # alert groups`,
  })}`;
}
