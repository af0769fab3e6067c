import { useLingui } from "@lingui/react/macro";
import { type KeyboardEvent, memo, useRef, useState } from "react";
import type { GroupBy, QueueQuery } from "../api/names";
import { Icon } from "../shell/Icon";
import { Inert } from "../text/Inert";
import { GroupLevel, type MeantGroup } from "./GroupLevel";
import classes from "./GroupTree.module.css";
import type { QueueSearch } from "./search";

interface GroupTreeProps {
  /** The list's query without the place in the groups. */
  readonly query: QueueQuery;
  readonly levels: readonly GroupBy[];
  readonly at: readonly string[];
  readonly onChange: (next: Partial<QueueSearch>) => void;
  /** The group that has the focus: what the triage keys mean. */
  readonly onMean: (meant: MeantGroup) => void;
}

/** Groups in groups, with exact counts; the one chosen narrows the list and opens what is inside it. */
export const GroupTree = memo(function GroupTree({ query, levels, at, onChange, onMean }: GroupTreeProps) {
  const { t } = useLingui();
  const tree = useRef<HTMLUListElement>(null);
  // Only on a narrow screen: elsewhere the groups always stand beside the list.
  const [isOpen, setOpen] = useState(false);
  const items = (): readonly HTMLElement[] => [
    ...(tree.current?.querySelectorAll<HTMLElement>("[role=treeitem]") ?? []),
  ];
  const press = (event: KeyboardEvent): void => {
    const all = items();
    const here = all.findIndex((item) => item === document.activeElement);
    const focused = all[here];
    if (!focused) return;
    const step = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    const isUnfolded = focused.getAttribute("aria-expanded") === "true";
    if (step !== undefined) all[Math.min(all.length - 1, Math.max(0, step))]?.focus();
    else if (event.key === "ArrowRight" && isUnfolded) all[here + 1]?.focus();
    else if (event.key === "ArrowRight" || event.key === "Enter" || event.key === " ") focused.click();
    else if (event.key === "ArrowLeft" && isUnfolded) focused.click();
    else if (event.key === "ArrowLeft") {
      const level = Number(focused.getAttribute("aria-level"));
      all
        .slice(0, here)
        .findLast((item) => Number(item.getAttribute("aria-level")) < level)
        ?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <aside className={classes.buckets} aria-label={t`Groups`} data-open={isOpen || undefined}>
      <button type="button" className={classes.drawer} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t`Groups`}
        {at.length > 0 && <Inert value={at.map((value) => value || "–").join(" › ")} limit={90} />}
        <Icon name="chevron" />
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a tree is a list of lists */}
      <ul role="tree" ref={tree} aria-label={t`Groups`} onKeyDown={press}>
        <GroupLevel
          query={query}
          levels={levels}
          path={[]}
          chosen={at}
          onChoose={(path) => {
            if (path.length === levels.length) setOpen(false);
            onChange({ at: path.length > 0 ? path : undefined });
          }}
          onMean={onMean}
        />
      </ul>
    </aside>
  );
});
