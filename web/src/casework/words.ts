/** The words for tasks, countermeasures and observables; exhaustive tables, so that a new one breaks the build until it is said. */
import { useLingui } from "@lingui/react/macro";
import type { MeasureAct, MeasureView, ObservableView, SimilarIncident, TaskAct, TaskView } from "../api/names";

export function useTaskStateWord(): (state: TaskView["state"]) => string {
  const { t } = useLingui();
  const words: Readonly<Record<TaskView["state"], string>> = {
    open: t({ message: "To do", context: "task" }),
    done: t({ message: "Done", context: "task" }),
    dropped: t({ message: "Dropped", context: "task" }),
  };
  return (state) => words[state];
}

export function useTaskActionWord(): (action: TaskAct["action"]) => string {
  const { t } = useLingui();
  const words: Readonly<Record<TaskAct["action"], string>> = {
    finish: t({ message: "Finish", context: "act on a task" }),
    drop: t({ message: "Drop", context: "act on a task" }),
    reopen: t({ message: "Reopen", context: "act on a task" }),
    assign: t({ message: "Give to somebody else", context: "act on a task" }),
    postpone: t({ message: "Postpone", context: "act on a task" }),
  };
  return (action) => words[action];
}

export const MEASURE_KINDS = [
  "block_address",
  "block_domain",
  "block_url",
  "block_file",
  "close_account",
  "reset_credentials",
  "isolate",
  "stop",
  "filter_mail",
  "patch",
  "other",
] as const satisfies readonly MeasureView["measure"][];

export function useMeasureWord(): (measure: MeasureView["measure"]) => string {
  const { t } = useLingui();
  const words: Readonly<Record<MeasureView["measure"], string>> = {
    block_address: t`Block an address`,
    block_domain: t`Block a domain`,
    block_url: t`Block a link`,
    block_file: t`Block a file`,
    close_account: t`Close an account`,
    reset_credentials: t`Change passwords and keys`,
    isolate: t`Isolate a system`,
    stop: t`Stop a system`,
    filter_mail: t`Filter mail`,
    patch: t`Install a patch`,
    other: t`Another countermeasure`,
  };
  return (measure) => words[measure];
}

export function useMeasureStateWord(): (state: MeasureView["state"]) => string {
  const { t } = useLingui();
  const words: Readonly<Record<MeasureView["state"], string>> = {
    proposed: t({ message: "Proposed", context: "countermeasure" }),
    approved: t({ message: "Approved, not yet applied", context: "countermeasure" }),
    activating: t({ message: "Being applied", context: "countermeasure" }),
    active: t({ message: "In force", context: "countermeasure" }),
    removing: t({ message: "Being removed", context: "countermeasure" }),
    removed: t({ message: "Removed", context: "countermeasure" }),
    failed: t({ message: "Failed", context: "countermeasure" }),
    rejected: t({ message: "Not accepted", context: "countermeasure" }),
  };
  return (state) => words[state];
}

export function useMeasureActionWord(): (action: MeasureAct["action"]) => string {
  const { t } = useLingui();
  const words: Readonly<Record<MeasureAct["action"], string>> = {
    approve: t({ message: "Approve", context: "act on a countermeasure" }),
    reject: t({ message: "Do not accept", context: "act on a countermeasure" }),
    activate: t({ message: "Begin to apply", context: "act on a countermeasure" }),
    activated: t({ message: "It is in force", context: "act on a countermeasure" }),
    review: t({ message: "Review", context: "act on a countermeasure" }),
    remove: t({ message: "Begin to remove", context: "act on a countermeasure" }),
    removed: t({ message: "It is removed", context: "act on a countermeasure" }),
    fail: t({ message: "It failed", context: "act on a countermeasure" }),
  };
  return (action) => words[action];
}

export const OBSERVABLE_KINDS = [
  "ipv4",
  "ipv6",
  "domain",
  "url",
  "mail",
  "sha256",
  "sha1",
  "md5",
  "cve",
  "file",
] as const satisfies readonly ObservableView["kind"][];

export function useObservableWord(): (kind: ObservableView["kind"]) => string {
  const { t } = useLingui();
  const words: Readonly<Record<ObservableView["kind"], string>> = {
    ipv4: t`IPv4 address`,
    ipv6: t`IPv6 address`,
    domain: t`Domain`,
    url: t`Link`,
    mail: t`Mail address`,
    md5: t`MD5 of a file`,
    sha1: t`SHA-1 of a file`,
    sha256: t`SHA-256 of a file`,
    cve: t`Vulnerability (CVE)`,
    file: t`File name`,
  };
  return (kind) => words[kind];
}

export function useRelationWord(): (why: SimilarIncident["why"][number]) => string {
  const { t } = useLingui();
  const words: Readonly<Record<SimilarIncident["why"][number], string>> = {
    shared_observables: t`Same observables`,
    same_asset: t`Same system`,
    same_group_key: t`Same rule about the same thing`,
  };
  return (why) => words[why];
}
