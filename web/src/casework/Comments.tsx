import { useLingui } from "@lingui/react/macro";
import { Button, NativeSelect } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import type { CommentView } from "../api/names";
import { inLanguage } from "../language/language";
import { useRight } from "../session/useRights";
import { Card } from "../shell/Card";
import { Empty } from "../shell/Empty";
import { Fetched } from "../shell/Fetched";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { Ask, type Asked } from "./Ask";
import classes from "./Casework.module.css";
import { MentionBox } from "./MentionBox";
import { commentsQuery } from "./queries";
import { TLPS, type Tlp } from "./tlp";
import { Words } from "./Words";

/** What people wrote about the incident, newest first; a comment is withdrawn, never changed. */
export function Comments({ incidentId }: { readonly incidentId: string }) {
  const { t } = useLingui();
  const query = useInfiniteQuery(commentsQuery(incidentId));
  const mayWrite = useRight("comments.write");
  const [asked, setAsked] = useState<Asked>();
  const { act } = useAct();
  const withdraw = (comment: CommentView): void =>
    setAsked({
      title: t`Withdraw the comment`,
      about: t`Its text is shown no more; that there was one stays on record.`,
      fields: [{ name: "reason", kind: "words", label: t`Reason` }],
      send: t({ message: "Withdraw", context: "comment" }),
      onSend: (values) =>
        void act(
          () =>
            answerOf(
              api.POST("/api/v1/comments/{number}/withdraw", {
                params: { path: { number: comment.id } },
                body: { reason: values["reason"] ?? "" },
              }),
            ),
          { done: t({ message: "Withdrawn", context: "comment" }), refresh: [["incident", incidentId]] },
        ),
    });
  return (
    <Card id="comments" title={t`Comments`}>
      {mayWrite && <Write incidentId={incidentId} />}
      <Fetched query={query}>
        {(data) => {
          const comments = data.pages.flatMap((page) => page.comments);
          if (comments.length === 0)
            return (
              <Empty
                why={t`Nobody has written anything yet.`}
                next={mayWrite && t`Write what the next shift must know.`}
              />
            );
          return (
            <ol className={classes.list}>
              {comments.map((comment) => (
                <Comment key={comment.id} comment={comment} onWithdraw={mayWrite ? withdraw : undefined} />
              ))}
            </ol>
          );
        }}
      </Fetched>
      {query.hasNextPage && (
        <p className={classes.more}>
          <button
            type="button"
            className={classes.act}
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t`Older comments`}
          </button>
        </p>
      )}
      <Ask asked={asked} onClose={() => setAsked(undefined)} />
    </Card>
  );
}

interface CommentProps {
  readonly comment: CommentView;
  readonly onWithdraw: ((comment: CommentView) => void) | undefined;
}

function Comment({ comment, onWithdraw }: CommentProps) {
  const { t, i18n } = useLingui();
  const by = inLanguage(comment.withdrawn_by?.name, i18n.locale);
  return (
    <li data-withdrawn={comment.text === null || undefined}>
      <p className={classes.line}>
        <strong>{inLanguage(comment.author.name, i18n.locale)}</strong>
        <span className={classes.meta}>
          <Time us={comment.at_us} /> · {`TLP:${comment.tlp}`}
        </span>
      </p>
      {comment.text === null && comment.withdrawn_us === null ? (
        <p className={classes.off}>{t`Its marking is above what you may read.`}</p>
      ) : comment.text === null ? (
        <p className={classes.off}>
          {by ? t`Withdrawn by ${by}` : t({ message: "Withdrawn", context: "comment" })}
          {comment.withdrawn_reason && (
            <>
              {": "}
              <Inert value={comment.withdrawn_reason} limit={300} isExpandable />
            </>
          )}
        </p>
      ) : (
        <Words text={comment.text} mentions={comment.mentions} />
      )}
      {comment.text !== null && onWithdraw && (
        <p className={classes.acts}>
          <button type="button" className={classes.act} onClick={() => onWithdraw(comment)}>
            {t({ message: "Withdraw", context: "comment" })}
          </button>
        </p>
      )}
    </li>
  );
}

function Write({ incidentId }: { readonly incidentId: string }) {
  const { t } = useLingui();
  const [text, setText] = useState("");
  const [tlp, setTlp] = useState<Tlp | "">("");
  const { act, isActing } = useAct();
  const send = async (): Promise<void> => {
    if (text.trim() === "" || isActing) return;
    const isDone = await act(
      () =>
        answerOf(
          api.POST("/api/v1/incidents/{incident_id}/comments", {
            params: { path: { incident_id: incidentId }, header: { "Idempotency-Key": idempotencyKey() } },
            body: { text: text.trim(), ...(tlp ? { tlp } : {}) },
          }),
        ),
      { done: t`Written`, refresh: [["incident", incidentId]] },
    );
    if (isDone) setText("");
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void send();
  };
  return (
    <form className={classes.write} onSubmit={submit}>
      <MentionBox label={t`Write a comment`} value={text} onChange={setText} onSend={() => void send()} />
      <footer>
        <NativeSelect
          label={t`Who may read it (TLP)`}
          data={[
            { value: "", label: t`As the incident` },
            ...TLPS.map((each) => ({ value: each, label: `TLP:${each}` })),
          ]}
          value={tlp}
          onChange={(event) => setTlp(TLPS.find((each) => each === event.currentTarget.value) ?? "")}
        />
        <Button type="submit" disabled={text.trim() === "" || isActing}>
          {t`Write (Ctrl+Enter)`}
        </Button>
      </footer>
    </form>
  );
}
