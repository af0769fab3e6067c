import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { RefObject } from "react";
import { inertText } from "../text/escape";
import { formatLocal, formatSpan } from "../time/format";
import { MarkShape } from "./MarkShape";
import { type Lane, lanesOf, type Mark } from "./marks";
import type { LanesBy } from "./search";
import classes from "./Timeline.module.css";
import { useWidth } from "./useWidth";
import { blindOf, type Cluster, clustersOf, quietsOf, ticksOf, type View } from "./view";
import { useLaneWord } from "./words";

const LANE = 34;
/** Above the lanes: one row for pins, one for gaps. */
const TOP = 40;
const GAPS = 22;
const AXIS = 34;
/** Marks nearer than this many pixels stand as one. */
const APART = 20;
const NARROW = 560;
const NAME_LETTERS = 22;

interface PictureProps {
  readonly marks: readonly Mark[];
  readonly by: LanesBy;
  readonly view: View;
  readonly pins: readonly Mark[];
  readonly chosenId?: string | undefined;
  readonly title: string;
  readonly svg?: RefObject<SVGSVGElement | null>;
  readonly onChoose?: (cluster: Cluster) => void;
}

/** The incident drawn over time. Every mark is in the table too; gaps are marked in words, not only in hatching. */
export function Picture({ marks, by, view, pins, chosenId, title, svg, onChoose }: PictureProps) {
  const { t, i18n } = useLingui();
  const laneWord = useLaneWord();
  const [frame, width] = useWidth<HTMLDivElement>();
  const lanes = lanesOf(marks, by);
  const isNarrow = width < NARROW;
  const left = isNarrow ? 8 : 178;
  const lane = isNarrow ? LANE + 14 : LANE;
  const height = TOP + lanes.length * lane + AXIS;
  const inner = Math.max(1, width - left - 16);
  const length = view.toUs - view.fromUs;
  const x = (us: number): number =>
    left + ((Math.min(view.toUs, Math.max(view.fromUs, us)) - view.fromUs) / length) * inner;
  const isInView = (us: number): boolean => us >= view.fromUs && us <= view.toUs;
  const middle = (index: number): number => TOP + index * lane + (isNarrow ? lane - LANE / 2 : lane / 2);
  const quiets = quietsOf(marks, view);
  const blind = blindOf(marks).filter((each) => each.toUs >= view.fromUs && each.fromUs <= view.toUs);
  return (
    <div ref={frame}>
      {width > 0 && (
        <svg ref={svg} viewBox={`0 0 ${width} ${height}`} height={height} role="img" aria-label={title}>
          <defs>
            <pattern id="blind-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <line className={classes.hatch} x1="0" x2="0" y1="0" y2="6" />
            </pattern>
          </defs>
          <rect className={classes.ground} x="0" y="0" width={width} height={height} />
          {lanes.map((each, index) => (
            <g key={each.key}>
              {index % 2 === 0 && (
                <rect className={classes.stripe} x="0" y={TOP + index * lane} width={width} height={lane} />
              )}
              <text className={classes.laneName} x="6" y={isNarrow ? TOP + index * lane + 13 : middle(index) + 4}>
                {shortened(laneWord(each.key))} · {each.marks.length}
              </text>
            </g>
          ))}
          {ticksOf(view, Math.max(2, Math.floor(inner / 120))).map((at) => (
            <g key={at}>
              <line className={classes.tick} x1={x(at)} x2={x(at)} y1={TOP} y2={height - AXIS} />
              <text className={classes.tickText} x={x(at) + 2} y={height - AXIS + 14}>
                {formatLocal(at).slice(11, length < 600e6 ? 19 : 16)}
              </text>
              <text className={classes.tickText} x={x(at) + 2} y={height - AXIS + 28}>
                {formatLocal(at).slice(0, 10)}
              </text>
            </g>
          ))}
          {blind.map((each) => (
            <rect
              key={each.fromUs}
              className={classes.blind}
              x={x(each.fromUs)}
              y={TOP}
              width={Math.max(6, x(each.toUs) - x(each.fromUs))}
              height={height - AXIS - TOP}
            >
              <title>{t`data incomplete`}</title>
            </rect>
          ))}
          {quiets.map((each) => (
            <g key={each.fromUs}>
              <line className={classes.quiet} x1={x(each.fromUs)} x2={x(each.toUs)} y1={TOP - 4} y2={TOP - 4} />
              <text className={classes.quietText} x={(x(each.fromUs) + x(each.toUs)) / 2} y={GAPS + 10}>
                {t`${formatSpan((each.toUs - each.fromUs) / 1e6, i18n.locale)} without an entry`}
              </text>
            </g>
          ))}
          {lanes.map((each, index) => (
            <LaneMarks
              key={each.key}
              lane={each}
              view={view}
              y={middle(index)}
              x={x}
              apartUs={(APART / inner) * length}
              chosenId={chosenId}
              onChoose={onChoose}
            />
          ))}
          {pins.map((pin, index) =>
            isInView(pin.atUs) ? (
              <g key={pin.id}>
                <line className={classes.pinLine} x1={x(pin.atUs)} x2={x(pin.atUs)} y1={16} y2={height - AXIS} />
                <rect className={classes.pinFlag} x={x(pin.atUs) - 9} y="0" width="18" height="16" rx="3" />
                <text className={classes.pinText} x={x(pin.atUs)} y="12">
                  {index + 1}
                </text>
              </g>
            ) : null,
          )}
        </svg>
      )}
      <span className="unseen">{t`${plural(marks.length, { one: "# entry", other: "# entries" })}`}</span>
    </div>
  );
}

interface LaneMarksProps {
  readonly lane: Lane;
  readonly view: View;
  readonly y: number;
  readonly x: (us: number) => number;
  readonly apartUs: number;
  readonly chosenId: string | undefined;
  readonly onChoose: ((cluster: Cluster) => void) | undefined;
}

function LaneMarks({ lane, view, y, x, apartUs, chosenId, onChoose }: LaneMarksProps) {
  return clustersOf(lane.marks, view, apartUs).map((cluster) => (
    <MarkShape
      key={cluster.marks[0].id}
      cluster={cluster}
      x={x(cluster.fromUs)}
      endX={x(cluster.toUs)}
      y={y}
      isChosen={cluster.marks.some((mark) => mark.id === chosenId)}
      onChoose={() => onChoose?.(cluster)}
    />
  ));
}

/** Names come from the network: what would hide or reorder is written out, and what is long is cut. */
function shortened(name: string): string {
  const letters = [...inertText(name)];
  return letters.length > NAME_LETTERS ? `${letters.slice(0, NAME_LETTERS - 1).join("")}…` : letters.join("");
}
