import type { DatasetKind } from "../api/names";
import { Icon, type IconName } from "../shell/Icon";
import { inertText } from "../text/escape";
import classes from "./DatasetBadge.module.css";
import { useDatasetWord } from "./words";

const ICONS: Readonly<Record<DatasetKind, IconName>> = { live: "live", import: "import", exercise: "exercise" };
// An import is named by 16 hex digits; eight tell two imports apart on a badge, the whole stands in the title.
const NAME_SHOWN = 8;

/** Which world an alert is of: word, icon and pattern, never only a colour. */
export function DatasetBadge({ dataset, kind }: { readonly dataset: string; readonly kind: DatasetKind }) {
  const word = useDatasetWord();
  const name = inertText(dataset.split(":").slice(1).join(":"));
  return (
    <span className={classes.badge} data-kind={kind} title={inertText(dataset)}>
      <Icon name={ICONS[kind]} />
      {word(kind)}
      {name && <code>{name.slice(0, NAME_SHOWN)}</code>}
    </span>
  );
}
