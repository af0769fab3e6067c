import { useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import { Card } from "../shell/Card";
import classes from "./Administration.module.css";

const CHANNELS = ["first", "second", "voice", "app"] as const;
type Channel = (typeof CHANNELS)[number];

/** A test to somebody by one of their channels; the list below says what became of it. */
export function TestNotice() {
  const { t } = useLingui();
  const { act, isActing } = useAct();
  const [to, setTo] = useState("");
  const [channel, setChannel] = useState<Channel>("first");
  const words: Readonly<Record<Channel, string>> = {
    first: t`first channel`,
    second: t`second channel`,
    voice: t`telephone call`,
    app: t`the page`,
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (to.trim() === "") return;
    void act(() => answerOf(api.POST("/api/v1/notifications/test", { body: { to: to.trim(), channel } })), {
      done: t`The test is in the outbox`,
      refresh: [["notices"]],
    });
  };
  return (
    <Card id="test-notice" title={t`Try a channel`}>
      <form className={classes.test} onSubmit={submit}>
        <TextInput
          label={t`To: an account or a recipient of the rules`}
          placeholder={EXAMPLE}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          maxLength={128}
          required
          withAsterisk={false}
        />
        <label>
          <span>{t`By`}</span>
          <select
            value={channel}
            onChange={(event) => setChannel(CHANNELS.find((each) => each === event.currentTarget.value) ?? "first")}
          >
            {CHANNELS.map((each) => (
              <option key={each} value={each}>
                {words[each]}
              </option>
            ))}
          </select>
        </label>
        <Button type="submit" loading={isActing} disabled={to.trim() === ""}>
          {t`Send a test`}
        </Button>
      </form>
    </Card>
  );
}

const EXAMPLE = "irt.leader";
