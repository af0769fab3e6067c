import { useLingui } from "@lingui/react/macro";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import type { GroupRow } from "../api/names";
import classes from "./Grid.module.css";
import type { Column } from "./preferences";
import { Row, rowElementId } from "./Row";

/** One row, in pixels; a card on a narrow screen. The stylesheet reads it from here. */
const ROW = 56;
const ROW_NARROW = 132;
const NARROW = 928;
const HEAD = 32;
const NEAR_END = 30;

interface GridProps {
  readonly gridRef: RefObject<HTMLDivElement | null>;
  readonly rows: readonly GroupRow[];
  readonly total: number;
  readonly cursor: string | undefined;
  /** Where the cursor's row stands in `rows`; -1 without one. */
  readonly cursorIndex: number;
  readonly selected: ReadonlySet<string>;
  readonly hidden: readonly Column[];
  readonly personId: string;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly onFocus: () => void;
  readonly onPoint: (row: GroupRow) => void;
  readonly onOpen: (row: GroupRow) => void;
  readonly onSelect: (row: GroupRow) => void;
}

/** The rows: a grid whose container holds the focus while only what is in sight is in the document. */
export function Grid({
  gridRef,
  rows,
  total,
  cursor,
  cursorIndex,
  selected,
  hidden,
  personId,
  hasMore,
  onMore,
  onFocus,
  ...on
}: GridProps) {
  const { t } = useLingui();
  const { ref: sizeRef, width } = useElementSize();
  // The same width as in the stylesheet's container query; 0 is "not measured yet".
  const isNarrow = width > 0 && width <= NARROW;
  const height = isNarrow ? ROW_NARROW : ROW;
  const head = isNarrow ? 0 : HEAD;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => gridRef.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    // The column titles stand before the rows and stick above them: the cursor's row must never hide under them.
    scrollMargin: head,
  });
  const ref = useMergedRef(gridRef, sizeRef);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of row height must measure again
  useEffect(() => virtual.measure(), [height, virtual]);
  // Rows are of one height, so where a row stands is arithmetic: asking the document for it would lay it out at every key.
  const seen = (virtual.scrollRect?.height ?? 0) - head;
  const movedTo = useRef<number>(undefined);
  useLayoutEffect(() => {
    const element = gridRef.current;
    if (!element || cursorIndex < 0 || seen <= 0) return;
    const above = cursorIndex * height;
    const below = above + height - seen;
    const now = movedTo.current ?? virtual.scrollOffset ?? 0;
    if (now <= above && now >= below) return;
    movedTo.current = now > above ? above : below;
    element.scrollTop = movedTo.current;
  }, [cursorIndex, height, seen, gridRef, virtual]);
  useEffect(() => {
    // Whoever comes here wants to move through the rows; coming back from an alert gives the focus back as well.
    const isNowhere = document.activeElement === document.body || document.activeElement?.id === "main";
    if (isNowhere || document.activeElement === null) gridRef.current?.focus({ preventScroll: true });
  }, [gridRef]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - NEAR_END) onMore();
  }, [hasMore, last, rows.length, onMore]);

  return (
    <div
      ref={ref}
      role="grid"
      aria-label={t`Alert groups`}
      aria-rowcount={total + 1}
      aria-colcount={7 - hidden.length}
      aria-multiselectable="true"
      aria-activedescendant={items.some((item) => item.index === cursorIndex) ? rowElementId(cursor ?? "") : undefined}
      tabIndex={0}
      onFocus={onFocus}
      onScroll={() => {
        movedTo.current = undefined;
      }}
      data-hidden={hidden.join(" ")}
      className={classes.grid}
      style={{ "--queue-row": `${height}px` } as React.CSSProperties /* custom properties are not in React's type */}
    >
      <div role="rowgroup" className={classes.head}>
        <div role="row" aria-rowindex={1} className={classes.titles}>
          <span role="columnheader">
            <span className="unseen">{t`Selected`}</span>
          </span>
          <span role="columnheader">{t`Severity`}</span>
          <span role="columnheader" data-column="clock">{t`Waiting`}</span>
          <span role="columnheader">{t`Alert`}</span>
          <span role="columnheader" data-column="where">{t`Asset, unit`}</span>
          <span role="columnheader" data-column="who">{t`State, assignee`}</span>
          <span role="columnheader" data-column="when">{t`Last seen`}</span>
        </div>
      </div>
      <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          return row ? (
            <Row
              key={item.key}
              row={row}
              index={item.index}
              offset={item.start - head}
              isCursor={row.id === cursor}
              isSelected={selected.has(row.id)}
              isMine={row.assignee?.id === personId}
              {...on}
            />
          ) : null;
        })}
      </div>
    </div>
  );
}
