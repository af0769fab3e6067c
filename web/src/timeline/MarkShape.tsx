import classes from "./Timeline.module.css";
import type { Cluster } from "./view";

/** The same outlines as severity has everywhere, about (0, 0): circle, square, triangle, octagon. */
const SHAPES = [
  "M0 -5.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11z",
  "M-5 -5h10v10h-10z",
  "M0 -6.500 6.500 5h-13z",
  "M-2.800 -6.500h5.600l3.700 3.700v5.600l-3.700 3.700h-5.600l-3.700-3.700v-5.600z",
] as const;
const DEED = "M0 -6 6 0 0 6 -6 0z";

interface MarkShapeProps {
  readonly cluster: Cluster;
  readonly x: number;
  /** Where the last of it ends. */
  readonly endX: number;
  readonly y: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

/** One mark, or several that would lie on each other with their number; a line runs to where an alert ends. */
export function MarkShape({ cluster, x, endX, y, isChosen, onChoose }: MarkShapeProps) {
  const [mark] = cluster.marks;
  const count = cluster.marks.length;
  const width = count > 1 ? 14 + String(count).length * 7 : 14;
  return (
    <g transform={`translate(${x} ${y})`}>
      {endX - x > 8 && <line className={classes.span} x1="0" x2={endX - x} y1="0" y2="0" />}
      {count > 1 ? (
        <>
          <rect className={classes.cluster} x={-width / 2} y="-9" width={width} height="18" rx="9" />
          <text className={classes.count} y="4">
            {count}
          </text>
        </>
      ) : mark.severity === undefined ? (
        <path className={classes.deed} d={DEED} />
      ) : (
        <path className={classes.hit} data-severity={mark.severity} d={SHAPES[mark.severity - 1] ?? SHAPES[0]} />
      )}
      {isChosen && <rect className={classes.chosen} x={-width / 2 - 4} y="-13" width={width + 8} height="26" rx="6" />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the picture is for the mouse and the eye; keys and the table reach every mark for everybody */}
      <rect
        className={classes.touch}
        x={-Math.max(12, width / 2)}
        y="-14"
        width={Math.max(24, width)}
        height="28"
        onClick={onChoose}
      >
        <title>{mark.text}</title>
      </rect>
    </g>
  );
}
