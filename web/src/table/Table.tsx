import type { ReactNode } from "react";
import classes from "./Table.module.css";

interface TableProps {
  /** The id of the heading that names the table. */
  readonly labelledBy: string;
  readonly columns: readonly ReactNode[];
  /** `<tr>` elements; the first cell of each is `<th scope="row">`. */
  readonly children: ReactNode;
  /** Below this width it scrolls sideways. */
  readonly minWidth?: string;
}

/** A plain table that is reachable by keyboard where it scrolls. Long lists are the queue's grid, not this. */
export function Table({ labelledBy, columns, children, minWidth = "46rem" }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways on a narrow screen must be reachable by keyboard
    <div className={classes.scroll} tabIndex={0} role="region" aria-labelledby={labelledBy}>
      <table style={{ minWidth }}>
        <thead>
          <tr>
            {columns.map((column, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the columns of a table are fixed and have no other name
              <th scope="col" key={index}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
