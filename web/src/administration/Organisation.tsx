import { useLingui } from "@lingui/react/macro";
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Icon } from "../shell/Icon";
import { Time } from "../time/Time";
import classes from "./Administration.module.css";
import { organisationQuery } from "./queries";
import { Assets, Contacts, Units } from "./Register";
import { Transfer } from "./Transfer";

/** The organisation in force: units, systems and whom to call, with one search over all three. */
export function Organisation() {
  const { t, i18n } = useLingui();
  const overview = useQuery(organisationQuery);
  const mayChange = useRight("organisation.change");
  const [words, setWords] = useState("");
  return (
    <>
      <Card id="organisation" title={t`Organisation in force`}>
        <Fetched query={overview}>
          {(found) => (
            <>
              <p>
                <strong>{inLanguage(found.name, i18n.locale)}</strong> · {t`version ${found.version}`} · {t`since`}{" "}
                <Time us={found.since_us} /> · {t`by`} <code>{found.adopted_by}</code>
              </p>
              <p className={classes.note}>
                {t`${found.units} units, ${found.assets} systems, ${found.networks} networks, ${found.people} people, ${found.contacts} contacts`}
              </p>
              {found.refused && (
                <p className={classes.bad}>
                  <Icon name="warn" />
                  {inLanguage(found.refused.text, i18n.locale)}
                </p>
              )}
              {found.unreached.length > 0 && (
                <p className={classes.bad}>
                  <Icon name="warn" />
                  {t`Recipients of the coordination rules without a contact:`} {found.unreached.join(", ")}
                </p>
              )}
              {found.stale_contacts.length > 0 && (
                <p className={classes.note}>
                  {t`Contacts that nobody tried for a year:`} {found.stale_contacts.join(", ")}
                </p>
              )}
            </>
          )}
        </Fetched>
      </Card>
      {mayChange && <Transfer />}
      <TextInput
        className={classes.search ?? ""}
        label={t`Find a unit, a system, an address or a contact`}
        description={t`With or without tone marks.`}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
        maxLength={100}
      />
      <Units words={words.trim()} />
      <Assets words={words.trim()} />
      <Contacts words={words.trim()} />
    </>
  );
}
