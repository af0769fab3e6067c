import { useLingui } from "@lingui/react/macro";
import { Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { peopleQuery } from "../alert/queries";
import type { PersonView } from "../api/names";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { foldedIncludes } from "../text/fold";
import { isSend } from "../triage/Questions";
import classes from "./Casework.module.css";
import { begunAt, finished } from "./mentions";

const OFFERED = 6;

interface MentionBoxProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSend: () => void;
}

/** A field in which an @ offers the people who can be told; arrows choose, Enter takes, Esc leaves the list only. */
export function MentionBox({ label, value, onChange, onSend }: MentionBoxProps) {
  const { t, i18n } = useLingui();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [cursor, setCursor] = useState(0);
  const [place, setPlace] = useState(0);
  const [isLeft, setLeft] = useState(false);
  const mayRead = useRight("people.read");
  const begun = begunAt(value, cursor);
  const people = useQuery({ ...peopleQuery, enabled: mayRead && begun !== undefined });
  const name = (person: PersonView): string => inLanguage(person.name, i18n.locale) ?? person.account;
  const offered =
    begun === undefined || isLeft
      ? []
      : (people.data?.people ?? [])
          .filter((person) => person.is_active && foldedIncludes(`${person.id} ${name(person)}`, begun))
          .slice(0, OFFERED);
  const chosen = offered[Math.min(place, offered.length - 1)];

  const take = (person: PersonView): void => {
    const next = finished(value, cursor, person.id);
    onChange(next.text);
    setCursor(next.cursor);
    setPlace(0);
    requestAnimationFrame(() => field.current?.setSelectionRange(next.cursor, next.cursor));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (chosen && step !== 0) {
      event.preventDefault();
      setPlace((offered.indexOf(chosen) + step + offered.length) % offered.length);
    } else if (chosen && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      take(chosen);
    } else if (chosen && event.key === "Escape") {
      event.stopPropagation();
      setLeft(true);
    } else if (isSend(event) && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onSend();
    }
  };
  return (
    <div className={classes.box}>
      <Textarea
        ref={field}
        label={label}
        description={t`@ names whom to tell. What is written stays: it can be withdrawn, not changed.`}
        rows={3}
        maxLength={20_000}
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.value);
          setCursor(event.currentTarget.selectionStart);
          setLeft(false);
          setPlace(0);
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
        onBlur={() => setLeft(true)}
        role="combobox"
        aria-expanded={offered.length > 0}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
      />
      <div id={id} role="listbox" aria-label={t`People who can be told`} className={classes.people} hidden={!chosen}>
        {offered.map((person) => (
          <div
            key={person.id}
            id={`${id}-${person.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={person === chosen}
            onPointerDown={(event) => {
              event.preventDefault();
              take(person);
            }}
          >
            <span>{name(person)}</span>
            <code>{person.id}</code>
          </div>
        ))}
      </div>
    </div>
  );
}
