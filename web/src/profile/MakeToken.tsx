import { useLingui } from "@lingui/react/macro";
import { Button, Checkbox, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { Right } from "../api/names";
import { inLanguage } from "../language/language";
import { Dialog } from "../shell/Dialog";
import { Fetched } from "../shell/Fetched";
import classes from "./Profile.module.css";
import { rolesQuery, tokensQuery } from "./queries";

interface MakeTokenProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** What the person may do: a token never may more. */
  readonly rights: readonly string[];
  readonly onMade: (secret: string) => void;
}

const LONGEST_DAYS = 366;

export function MakeToken({ isOpen, onClose, rights, onMade }: MakeTokenProps) {
  const { t, i18n } = useLingui();
  const roles = useQuery({ ...rolesQuery, enabled: isOpen });
  const { act, isActing } = useAct();
  const [name, setName] = useState("");
  const [days, setDays] = useState("30");
  const [chosen, setChosen] = useState<readonly Right[]>([]);
  const count = Number(days);
  const isReady =
    name.trim() !== "" && chosen.length > 0 && Number.isInteger(count) && count >= 1 && count <= LONGEST_DAYS;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isReady || isActing) return;
    const body = { name: name.trim(), rights: [...chosen], days: count };
    // The dialog makes room for the question for a code.
    onClose();
    void act(
      async () => {
        const made = await answerOf(api.POST("/api/v1/tokens", { body }));
        onMade(made.secret);
        setName("");
        setChosen([]);
      },
      { done: t`Token made`, refresh: [tokensQuery.queryKey] },
    );
  };
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t`Make a token`} size="36rem">
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          label={t`What is it for?`}
          description={t`The name by which you will revoke it.`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={80}
          required
          withAsterisk={false}
          data-autofocus
        />
        <TextInput
          label={t`Ends in days (1 to 366)`}
          type="number"
          min={1}
          max={LONGEST_DAYS}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          required
          withAsterisk={false}
        />
        <Fetched query={roles}>
          {(found) => (
            <div className={classes.rights} role="group" aria-label={t`What it may do`}>
              {found.rights
                .filter((right) => rights.includes(right.id))
                .map((right) => {
                  const id = right.id as Right; // the server's own list of its rights
                  return (
                    <Checkbox
                      key={id}
                      label={inLanguage(right.name, i18n.locale)}
                      checked={chosen.includes(id)}
                      onChange={(event) => {
                        const isOn = event.currentTarget.checked;
                        setChosen((all) => (isOn ? [...all, id] : all.filter((other) => other !== id)));
                      }}
                    />
                  );
                })}
            </div>
          )}
        </Fetched>
        <div className={classes.row}>
          <Button type="submit" disabled={!isReady} loading={isActing}>
            {t`Make it`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
