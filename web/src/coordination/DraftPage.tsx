import { useLingui } from "@lingui/react/macro";
import { Button, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useRef, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { PolicyCheck } from "../api/names";
import { Card } from "../shell/Card";
import { useErrorText } from "../shell/Notices";
import { PageFrame } from "../shell/PageFrame";
import { Checked } from "./Checked";
import { readPasted, readUpload, type Upload } from "./filesOf";
import { Parts } from "./Parts";
import classes from "./Sign.module.css";

/** A new version: its files, every check of them at once, and keeping it as a draft. */
export function DraftPage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { act, isActing } = useAct();
  const errorText = useErrorText();
  const [pasted, setPasted] = useState("");
  const upload = useRef<Upload>(undefined);
  const ids = { files: useId(), folder: useId() };
  const check = useMutation({
    mutationFn: (body: Upload): Promise<PolicyCheck> => answerOf(api.POST("/api/v1/policy/check", { body })),
  });
  const ask = (body: Upload): void => {
    upload.current = body;
    check.mutate(body);
  };
  const keep = async (): Promise<void> => {
    const body = upload.current;
    const { data } = check;
    if (!body || !data?.sha256) return;
    const isDone = await act(() => answerOf(api.POST("/api/v1/policy/versions", { body })), {
      done: t`The draft is kept`,
      refresh: [["policy"]],
    });
    if (isDone) void navigate({ to: "/coordination/versions/$sha256", params: { sha256: data.sha256 } });
  };
  const chosen = (list: FileList | null): void => {
    if (list && list.length > 0) void readUpload([...list]).then(ask);
  };
  return (
    <PageFrame
      title={t`New draft`}
      name={t`New draft of the coordination rules`}
      lead={t`Choose the files of the new version, or paste them. They are checked first; nothing is kept until you say so, and nothing is in force before both parties sign.`}
    >
      <Parts />
      <Card id="files" title={t`Files`}>
        <div className={classes.form}>
          <div className={classes.field}>
            <label htmlFor={ids.folder}>{t`Folder of the version`}</label>
            <input
              id={ids.folder}
              type="file"
              ref={(input) => input?.setAttribute("webkitdirectory", "")}
              onChange={(event) => chosen(event.currentTarget.files)}
            />
          </div>
          <div className={classes.field}>
            <label htmlFor={ids.files}>{t`or its .yaml files, or one .zip or .tar`}</label>
            <input id={ids.files} type="file" multiple onChange={(event) => chosen(event.currentTarget.files)} />
          </div>
          <Textarea
            label={t`or pasted, each file below a line “### severity.yaml”`}
            value={pasted}
            onChange={(event) => setPasted(event.currentTarget.value)}
            rows={5}
            spellCheck={false}
          />
          <Button
            disabled={Object.keys(readPasted(pasted)).length === 0 || check.isPending}
            onClick={() => ask({ files: readPasted(pasted) })}
          >
            {t`Check what is pasted`}
          </Button>
        </div>
      </Card>
      {check.isPending && <p role="status">{t`Checking the rules and their worked cases`}</p>}
      {check.error && <p role="alert">{errorText(check.error)}</p>}
      {check.data && !check.isPending && <Checked found={check.data} onKeep={keep} isActing={isActing} />}
    </PageFrame>
  );
}
