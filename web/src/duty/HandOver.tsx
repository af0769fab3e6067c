import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { HandOverView } from "../api/names";
import { inLanguage } from "../language/language";
import { sessionQuery } from "../session/session";
import { useRight } from "../session/useRights";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { HandOverContent } from "./HandOverContent";
import classes from "./HandOvers.module.css";
import { contentOf, missingOf } from "./handOver";

interface HandOverProps {
  readonly handOver: HandOverView;
  readonly isOpen: boolean;
}

/** One hand-over: who to whom, what is still missing, what they sign, and the signatures. */
export function HandOver({ handOver, isOpen }: HandOverProps) {
  const { t, i18n } = useLingui();
  const giver = inLanguage(handOver.giver.name, i18n.locale) ?? handOver.giver.id;
  const taker = inLanguage(handOver.taker.name, i18n.locale) ?? handOver.taker.id;
  const content = contentOf(handOver);
  return (
    <details className={classes.handOver} open={isOpen}>
      <summary>
        <Inert value={handOver.seat} limit={63} />: <Inert value={giver} limit={80} /> →{" "}
        <Inert value={taker} limit={80} /> · <Time us={handOver.at_us} />
      </summary>
      <MissingSentence handOver={handOver} giver={giver} taker={taker} />
      {content ? (
        <HandOverContent content={content} />
      ) : (
        <p role="alert">{t`This page does not know the form of this draft and does not show half of it. Reload the page before you sign.`}</p>
      )}
      <Signatures handOver={handOver} />
      {isOpen && <Acts handOver={handOver} isShown={content !== undefined} />}
    </details>
  );
}

function MissingSentence(props: { readonly handOver: HandOverView; readonly giver: string; readonly taker: string }) {
  const { t } = useLingui();
  const { handOver, giver, taker } = props;
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const missing = missingOf(handOver, session?.person.id ?? "");
  const words = {
    nothing: t`Both have signed: the shift is handed over.`,
    withdrawn: t`Withdrawn: this draft hands nothing over.`,
    you: t`Your signature is missing. Read it, then sign with your second factor.`,
    giver: t`The signature of ${giver}, who goes, is missing: the shift is not handed over yet.`,
    taker: t`The signature of ${taker}, who comes, is missing: the shift is not handed over yet.`,
    both: t`The signatures of ${giver} and ${taker} are missing. Nobody else can sign for them.`,
    not_yours: "",
  };
  return (
    <p className={classes.missing} data-done={missing === "nothing" || undefined}>
      {words[missing]}
    </p>
  );
}

function Signatures({ handOver }: { readonly handOver: HandOverView }) {
  const { t, i18n } = useLingui();
  const names = new Map(
    [handOver.giver, handOver.taker].map((each) => [each.id, inLanguage(each.name, i18n.locale) ?? each.id]),
  );
  return (
    <div className={classes.signatures}>
      <p>
        {HASH} <code>{handOver.content_sha256}</code>
      </p>
      <ul>
        {handOver.signatures.map((each) => (
          <li key={each.person}>
            {t`signed:`} <Inert value={names.get(each.person) ?? each.person} limit={80} /> · <Time us={each.at_us} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Acts({ handOver, isShown }: { readonly handOver: HandOverView; readonly isShown: boolean }) {
  const { t } = useLingui();
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const mayEdit = useRight("duty.edit");
  const { act, isActing } = useAct();
  const me = session?.person.id ?? "";
  const isParty = me === handOver.giver.id || me === handOver.taker.id;
  const send = (action: "sign" | "withdraw") => () =>
    answerOf(
      api.POST("/api/v1/duty/hand-overs/{hand_over_id}", {
        params: { path: { hand_over_id: handOver.id } },
        body: { action, version: handOver.version, content_sha256: handOver.content_sha256 },
      }),
    );
  const refresh = [["duty", "hand-overs"]];
  return (
    <div className={classes.acts}>
      {isShown && missingOf(handOver, me) === "you" && (
        <Button loading={isActing} onClick={() => void act(send("sign"), { done: t`Signed`, refresh })}>
          {t`Sign exactly this`}
        </Button>
      )}
      {(isParty || mayEdit) && (
        <Button
          variant="default"
          disabled={isActing}
          onClick={() => void act(send("withdraw"), { done: t`The draft is withdrawn`, refresh })}
        >
          {t`Withdraw the draft`}
        </Button>
      )}
    </div>
  );
}

const HASH = "SHA-256";
