import { useLingui } from "@lingui/react/macro";
import { formatMinute } from "../time/format";
import classes from "./Strip.module.css";
import type { Piece } from "./strip";

interface StripTableProps {
  readonly pieces: readonly Piece[];
  readonly locale: string;
  readonly onChoose: (index: number) => void;
}

/** The same numbers as a table; each time is a button that narrows the list to it. */
export function StripTable({ pieces, locale, onChoose }: StripTableProps) {
  const { t } = useLingui();
  const figures = new Intl.NumberFormat(locale);
  return (
    <details className={classes.twin}>
      <summary>{t`As a table`}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t`From`}</th>
            <th scope="col">{t`Critical`}</th>
            <th scope="col">{t`High`}</th>
            <th scope="col">{t`Medium`}</th>
            <th scope="col">{t`Low`}</th>
          </tr>
        </thead>
        <tbody>
          {pieces.map((piece, index) =>
            piece.total > 0 ? (
              <tr key={piece.fromUs}>
                <th scope="row">
                  <button type="button" onClick={() => onChoose(index)}>
                    {formatMinute(piece.fromUs)}
                  </button>
                </th>
                {piece.counts.toReversed().map((count, kind) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: four severities in a fixed order
                  <td key={kind}>{figures.format(count)}</td>
                ))}
              </tr>
            ) : null,
          )}
        </tbody>
      </table>
    </details>
  );
}
