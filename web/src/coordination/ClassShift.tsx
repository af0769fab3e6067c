import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { Simulation } from "../api/names";
import { CLASSES } from "../incident/search";
import { useClassWord } from "../incident/words";
import { WasWould } from "./WasWould";

/** How the incidents that are judged otherwise move between the classes. */
export function ClassShift({ different }: { readonly different: Simulation["different"] }) {
  const { t } = useLingui();
  const word = useClassWord();
  const moved = different.filter((each) => each.severity_before !== each.severity_after).length;
  if (moved === 0) return null;
  const bars = CLASSES.map((each) => ({
    name: word(each),
    was: different.filter((one) => one.severity_before === each).length,
    would: different.filter((one) => one.severity_after === each).length,
  }));
  return (
    <WasWould
      title={t`${plural(moved, {
        one: "# incident would have had another class",
        other: "# incidents would have had another class",
      })}`}
      what={t`Class`}
      bars={bars}
    />
  );
}
