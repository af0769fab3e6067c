import { useLingui } from "@lingui/react/macro";
import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Icon } from "../shell/Icon";
import { foldedIncludes } from "../text/fold";
import { Inert } from "../text/Inert";
import classes from "./CaseForm.module.css";
import { systemsQuery } from "./queries";

const MOST = 50;

interface SystemsProps {
  readonly chosen: readonly string[];
  readonly onChange: (systems: readonly string[] | undefined) => void;
}

/** The systems that the case touches; level and owner come from the inventory. */
export function Systems({ chosen, onChange }: SystemsProps) {
  const { t, i18n } = useLingui();
  const mayRead = useRight("organisation.read");
  const { data } = useQuery({ ...systemsQuery, enabled: mayRead });
  const known = new Map(data?.assets.map((each) => [each.id, each]));
  const nameOf = (id: string): string => inLanguage(known.get(id)?.name, i18n.locale) ?? id;
  const add = (id: string): void => {
    if (!chosen.includes(id) && chosen.length < MOST) onChange([...chosen, id]);
  };
  const remove = (id: string): void => {
    const rest = chosen.filter((each) => each !== id);
    onChange(rest.length > 0 ? rest : undefined);
  };
  const options = [...known.values()]
    .filter((each) => !chosen.includes(each.id))
    .map((each) => {
      const { level } = each;
      return { value: each.id, label: `${nameOf(each.id)} · ${t`level ${level}`} · ${each.id}` };
    });
  return (
    <div>
      {known.size > 0 ? (
        <Select
          label={t`Systems affected`}
          description={t`None: counts as a system that nobody registered.`}
          placeholder={t`Name of a system`}
          data={options}
          value={null}
          onChange={(id) => id && add(id)}
          searchable
          nothingFoundMessage={t`No system of that name`}
          comboboxProps={{ transitionProps: { duration: 0 } }}
          filter={({ options: all, search }) =>
            all.filter((option) => !("group" in option) && foldedIncludes(option.label, search))
          }
        />
      ) : (
        <ByName onAdd={add} />
      )}
      <div className={classes.chosen}>
        {chosen.map((id) => {
          const name = nameOf(id);
          return (
            <button type="button" key={id} onClick={() => remove(id)} aria-label={t`Take ${name} away`}>
              <Inert value={name} limit={60} />
              <Icon name="cross" />
            </button>
          );
        })}
      </div>
    </div>
  );
}

/** For those who may not read the inventory: its names, one at a time. */
function ByName({ onAdd }: { readonly onAdd: (id: string) => void }) {
  const { t } = useLingui();
  const [name, setName] = useState("");
  return (
    <TextInput
      label={t`Systems affected`}
      description={t`Its short name in the inventory, then Enter.`}
      value={name}
      maxLength={63}
      onChange={(event) => setName(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.nativeEvent.isComposing || name.trim() === "") return;
        event.preventDefault();
        onAdd(name.trim());
        setName("");
      }}
    />
  );
}
