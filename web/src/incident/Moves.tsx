import { useLingui } from "@lingui/react/macro";
import history from "../alert/History.module.css";
import type { IncidentTransitionView } from "../api/names";
import { inLanguage } from "../language/language";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { useFieldWord } from "./fields";
import { useIncidentStateWord } from "./words";

/** Every step of its life: who, when, and what was stated. */
export function Moves({ transitions }: { readonly transitions: readonly IncidentTransitionView[] }) {
  const { t } = useLingui();
  return (
    <Card id="moves" title={t`Its steps so far`}>
      <ol className={history.history}>
        {transitions.map((move) => (
          <Move key={`${move.action} ${move.at_us}`} move={move} />
        ))}
      </ol>
    </Card>
  );
}

function Move({ move }: { readonly move: IncidentTransitionView }) {
  const { t, i18n } = useLingui();
  const stateWord = useIncidentStateWord();
  const fieldWord = useFieldWord();
  return (
    <li>
      <p>
        <strong>{stateWord(move.to_state)}</strong>
        {" · "}
        {inLanguage(move.actor.name, i18n.locale)}
        {move.second && (
          <>
            {", "}
            {t`approved by`} {inLanguage(move.second.name, i18n.locale)}
          </>
        )}
      </p>
      {Object.entries(move.fields)
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <blockquote key={name}>
            <small>{fieldWord(name)}</small> <Inert value={value} limit={400} isExpandable />
          </blockquote>
        ))}
      <small>
        <Time us={move.at_us} />
      </small>
    </li>
  );
}
