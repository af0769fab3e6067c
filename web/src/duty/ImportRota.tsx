import { useLingui } from "@lingui/react/macro";
import { Button, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import { Card } from "../shell/Card";
import { useErrorText } from "../shell/Notices";
import { Fault, keyOf } from "./Faults";
import faults from "./Faults.module.css";
import classes from "./HandOvers.module.css";

/** A rota from a file: looked at first, its faults listed; one with a hole is refused and the one in force stays. */
export function ImportRota() {
  const { t } = useLingui();
  const errorText = useErrorText();
  const { act, isActing } = useAct();
  const [yaml, setYaml] = useState("");
  const look = useMutation({
    mutationFn: (text: string) => answerOf(api.POST("/api/v1/duty/rota", { body: { yaml: text, dry_run: true } })),
  });
  const change = (text: string): void => {
    setYaml(text);
    look.reset();
  };
  const read = (event: ChangeEvent<HTMLInputElement>): void => {
    void event.currentTarget.files?.[0]?.text().then(change);
  };
  const send = () =>
    answerOf(
      api.POST("/api/v1/duty/rota", {
        params: { header: { "Idempotency-Key": idempotencyKey() } },
        body: { yaml, dry_run: false },
      }),
    );
  return (
    <Card id="duty-import" title={t`Take a rota over`}>
      <div className={classes.form}>
        <p className={classes.lead}>
          {t`A file rota.yaml. It is looked at first; nothing changes until you take it over. One with a gap in the next 30 days is refused.`}
        </p>
        <label>
          {t`Read it from a file`} <input type="file" accept=".yaml,.yml,text/yaml" onChange={read} />
        </label>
        <Textarea
          label={t`Text of the file`}
          value={yaml}
          onChange={(event) => change(event.currentTarget.value)}
          autosize={false}
          rows={6}
          maxLength={262_144}
          spellCheck={false}
        />
        <div className={classes.acts}>
          <Button
            variant="default"
            disabled={yaml.trim() === ""}
            loading={look.isPending}
            onClick={() => look.mutate(yaml)}
          >
            {t`Look at its faults`}
          </Button>
          <Button
            disabled={!look.isSuccess}
            loading={isActing}
            onClick={() => void act(send, { done: t`The rota is in force`, refresh: [["duty"]] })}
          >
            {t`Take it over`}
          </Button>
        </div>
        <div aria-live="polite">
          {look.isError && <p className={faults.hole}>{errorText(look.error)}</p>}
          {look.isSuccess && look.data.warnings.length === 0 && (
            <p className={faults.well}>{t`No fault was found. It can be taken over.`}</p>
          )}
          {look.isSuccess && look.data.warnings.length > 0 && (
            <>
              <p>{t`It can be taken over, with these faults:`}</p>
              <ul className={faults.faults}>
                {look.data.warnings.map((found) => (
                  <Fault key={keyOf(found)} found={found} />
                ))}
              </ul>
            </>
          )}
        </div>
      </div>
    </Card>
  );
}
