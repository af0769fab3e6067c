import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useAct } from "../act/useAct";
import { CopyButton } from "../alert/CopyButton";
import { answerOf, api } from "../api/client";
import type { ObservableView } from "../api/names";
import { defang } from "../text/defang";
import { lookAlike } from "../text/domain";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import type { Asked } from "./Ask";
import classes from "./Casework.module.css";
import { Reference } from "./Reference";
import { TLPS, type Tlp } from "./tlp";
import { useObservableWord } from "./words";

interface ObservableRowProps {
  readonly row: ObservableView;
  readonly incidentId: string;
  readonly onAsk: ((asked: Asked) => void) | undefined;
}

const PLACES = 3;
const TLP = "TLP";

export function ObservableRow({ row, incidentId, onAsk }: ObservableRowProps) {
  const { t } = useLingui();
  const word = useObservableWord();
  const { act } = useAct();
  const shown = row.kind === "file" || row.kind === "cve" ? row.value : defang(row.value);
  const other = row.kind === "domain" ? lookAlike(row.value) : undefined;
  const rest = row.seen.length - PLACES;
  const mark = (body: { readonly tlp?: Tlp; readonly dismiss?: true; readonly reason: string }, done: string): void =>
    void act(() => answerOf(api.POST("/api/v1/observables/{number}", { params: { path: { number: row.id } }, body })), {
      done,
      refresh: [["incident", incidentId]],
    });
  const reason = { name: "reason", kind: "words", label: t`Reason` } as const;
  const ask = (): void =>
    onAsk?.({
      title: t`Change the marking`,
      about: shown,
      fields: [
        {
          name: "tlp",
          kind: "choice",
          label: t`Who may read it (TLP)`,
          choices: TLPS.map((value) => ({ value, label: `TLP:${value}` })),
          initial: row.tlp,
        },
        reason,
      ],
      send: t`Change`,
      onSend: ({ tlp, reason: why = "" }) => {
        const chosen = TLPS.find((each) => each === tlp);
        if (chosen) mark({ tlp: chosen, reason: why }, t`Changed`);
      },
    });
  const dismiss = (): void =>
    onAsk?.({
      title: t`This is no observable`,
      about: shown,
      fields: [reason],
      send: t`Set aside`,
      onSend: ({ reason: why = "" }) => mark({ dismiss: true, reason: why }, t`Set aside`),
    });
  return (
    <tr data-off={row.dismissed_us !== null || undefined}>
      <th scope="row">
        <span className={classes.value}>
          <code>
            <Inert value={shown} limit={120} isExpandable />
          </code>
          <CopyButton value={row.value} label={shown} />
        </span>
        {other && (
          <small>
            <Inert value={`${defang(other.unicode)} = ${defang(other.ascii)}`} limit={200} />
          </small>
        )}
        <span className={classes.reasons}>
          {row.is_internal && <span className={classes.mark}>{t`the city's own`}</span>}
          <span className={classes.mark}>{`TLP:${row.tlp}`}</span>
          {row.dismissed_us !== null && <span className={classes.mark}>{t`set aside`}</span>}
        </span>
        {row.dismissed_reason && (
          <small>
            <Inert value={row.dismissed_reason} limit={200} />
          </small>
        )}
      </th>
      <td>{word(row.kind)}</td>
      <td>
        <Time us={row.first_us} />
      </td>
      <td>
        {row.seen.slice(0, PLACES).map((place) => (
          <div className={classes.place} key={`${place.reference}-${place.at_us}`}>
            <Reference value={place.reference} />
          </div>
        ))}
        {rest > 0 && <small>{t`${plural(rest, { one: "and # more place", other: "and # more places" })}`}</small>}
      </td>
      {onAsk && (
        <td>
          <span className={classes.reasons}>
            <button type="button" className={classes.act} onClick={ask} aria-label={t`TLP of ${shown}`}>
              {TLP}
            </button>
            {row.dismissed_us === null && (
              <button type="button" className={classes.act} onClick={dismiss} aria-label={t`Set aside ${shown}`}>
                {t`Set aside`}
              </button>
            )}
          </span>
        </td>
      )}
    </tr>
  );
}
