/** The words for states, verdicts and acts; an exhaustive table each, so that a new one breaks the build until it is said. */
import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useCallback } from "react";
import type {
  AlertChangeView,
  DatasetKind,
  Entity,
  GroupRow,
  Life,
  PersonBrief,
  State,
  Tab,
  TransitionView,
  Verdict,
} from "../api/names";
import { inLanguage } from "../language/language";
import { inertText } from "../text/escape";
import type { Act } from "./acts";

export function useVerdictWord(): (verdict: Verdict) => string {
  const { t } = useLingui();
  return useCallback(
    (verdict) => {
      switch (verdict) {
        case "true":
          return t`True positive`;
        case "expected":
          return t`Expected`;
        case "false_positive":
          return t`False alarm`;
        case "duplicate":
          return t`Duplicate`;
        case "registered":
          return t`Registered only`;
        case "exercise":
          return t`Exercise`;
        case "undetermined":
          return t`Undetermined`;
      }
    },
    [t],
  );
}

export function useStateWord(): (state: State) => string {
  const { t } = useLingui();
  return useCallback(
    (state) => {
      switch (state) {
        case "new":
          return t`New`;
        case "taken":
          return t`Taken`;
        case "linked":
          return t`In an incident`;
        case "suppressed":
          return t`Suppressed`;
        case "closed":
          return t`Closed`;
      }
    },
    [t],
  );
}

export function useTabWord(): (tab: Tab) => string {
  const { t } = useLingui();
  return useCallback(
    (tab) => {
      switch (tab) {
        case "mine":
          return t`Mine`;
        case "team":
          return t`Team`;
        case "unattended":
          return t`Unattended`;
        case "critical":
          return t({ message: "Critical", context: "tab" });
        case "linked":
          return t`In an incident`;
        case "suppressed":
          return t`Suppressed`;
        case "closed":
          return t({ message: "Closed", context: "tab" });
      }
    },
    [t],
  );
}

export function useDatasetWord(): (kind: DatasetKind) => string {
  const { t } = useLingui();
  return useCallback(
    (kind) => {
      switch (kind) {
        case "live":
          return t`Live`;
        case "import":
          return t`Import`;
        case "exercise":
          return t({ message: "Exercise", context: "dataset" });
      }
    },
    [t],
  );
}

export function useEntityWords(): {
  readonly kind: (kind: Entity["kind"]) => string;
  readonly role: (role: Entity["role"]) => string;
} {
  const { t } = useLingui();
  const kind = useCallback(
    (of: Entity["kind"]) => {
      switch (of) {
        case "ip":
          return t`Address`;
        case "host":
          return t`Host`;
        case "user":
          return t`Account`;
        case "domain":
          return t`Domain`;
        case "url":
          return t`URL`;
        case "file_hash":
          return t`File hash`;
        case "mail":
          return t`Mail address`;
      }
    },
    [t],
  );
  const role = useCallback(
    (of: Entity["role"]) => {
      switch (of) {
        case "source":
          return t`Source`;
        case "target":
          return t`Target`;
        case "observed":
          return t`Observed`;
      }
    },
    [t],
  );
  return { kind, role };
}

export function useTransitionWord(): (action: TransitionView["action"]) => string {
  const { t } = useLingui();
  return useCallback(
    (action) => {
      switch (action) {
        case "create":
          return t`Arrived`;
        case "take":
          return t`Taken`;
        case "hand_over":
          return t`Handed over`;
        case "escalate":
          return t`Escalated`;
        case "link":
          return t`Linked to an incident`;
        case "unlink":
          return t`Taken out of its incident`;
        case "suppress":
          return t`Suppressed`;
        case "unsuppress":
          return t`Suppression ended`;
        case "register":
          return t`Registered by the rules`;
        case "close":
          return t`Closed`;
        case "reopen":
          return t`Reopened`;
        case "undo":
          return t`Undone`;
      }
    },
    [t],
  );
}

export function useChangeWord(): (change: AlertChangeView["change"]) => string {
  const { t } = useLingui();
  return useCallback(
    (change) => {
      switch (change) {
        case "withdrawn":
          return t`Withdrawn by late events`;
        case "restored":
          return t`Stands again by late events`;
        case "superseded":
          return t`Replaced by another alert`;
        case "amended":
          return t`Changed by late events`;
      }
    },
    [t],
  );
}

export function useLifeWord(): (life: Life) => string {
  const { t } = useLingui();
  return useCallback(
    (life) => {
      switch (life) {
        case "withdrawn":
          return t`With withdrawn alerts`;
        case "superseded":
          return t`With replaced alerts`;
        case "amended":
          return t`Changed by late events`;
        case "estimated":
          return t`Counts are estimates`;
        case "folded":
          return t`With suppressed alerts`;
      }
    },
    [t],
  );
}

/** What was done, in one sentence, for the undo bar and the live region. */
export function useActWords(): (act: Act, count: number, receiver: PersonBrief | null | undefined) => string {
  const { t, i18n } = useLingui();
  const verdictWord = useVerdictWord();
  return useCallback(
    (act, count, receiver) => {
      switch (act.kind) {
        case "take":
          return t`${plural(count, { one: "Taken: # alert group", other: "Taken: # alert groups" })}`;
        case "close": {
          const verdict = verdictWord(act.verdict);
          return t`${plural(count, {
            one: `Closed as “${verdict}”: # alert group`,
            other: `Closed as “${verdict}”: # alert groups`,
          })}`;
        }
        case "hand_over": {
          const to = (act.to ?? receiver)?.name;
          const name = (i18n.locale === "en" ? to?.en : to?.vi) ?? "–";
          return t`${plural(count, {
            one: `Handed over to ${name}: # alert group`,
            other: `Handed over to ${name}: # alert groups`,
          })}`;
        }
        case "escalate": {
          const name = (i18n.locale === "en" ? act.to.name.en : act.to.name.vi) ?? "–";
          return t`Escalated to ${name}`;
        }
        case "suppress":
          return t`${plural(count, { one: "Suppressed: # alert group", other: "Suppressed: # alert groups" })}`;
        case "reopen":
          return t`${plural(count, { one: "Reopened: # alert group", other: "Reopened: # alert groups" })}`;
        case "note":
          return t`${plural(count, { one: "Note written on # alert group", other: "Note written on # alert groups" })}`;
      }
    },
    [t, i18n.locale, verdictWord],
  );
}

/** What a row has become meanwhile, for whom a refusal alone says too little. */
export function useNowWords(): (row: GroupRow) => string {
  const { t, i18n } = useLingui();
  const stateWord = useStateWord();
  const verdictWord = useVerdictWord();
  return useCallback(
    (row) => {
      const title = inertText(inLanguage(row.title, i18n.locale) ?? row.rule_name);
      const state = row.verdict ? verdictWord(row.verdict) : stateWord(row.state);
      const person = inLanguage(row.assignee?.name, i18n.locale) ?? t`Nobody`;
      return t`Changed meanwhile: “${title}” is now “${state}”, ${person}`;
    },
    [t, i18n.locale, stateWord, verdictWord],
  );
}
