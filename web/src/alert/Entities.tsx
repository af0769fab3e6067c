import { useLingui } from "@lingui/react/macro";
import type { Entity } from "../api/names";
import { lookAlike } from "../text/domain";
import { Inert } from "../text/Inert";
import { useEntityWords } from "../triage/words";
import { CopyButton } from "./CopyButton";
import classes from "./Entities.module.css";

const ROLES = ["source", "target", "observed"] as const satisfies readonly Entity["role"][];

export function Entities({ entities }: { readonly entities: readonly Entity[] }) {
  const { t } = useLingui();
  const words = useEntityWords();
  if (entities.length === 0) return null;
  return (
    <div className={classes.entities}>
      <h3>{t`Who and what`}</h3>
      <dl>
        {ROLES.map((role) => {
          const those = entities.filter((entity) => entity.role === role);
          return those.length === 0 ? null : (
            <div key={role}>
              <dt>{words.role(role)}</dt>
              {those.map((entity) => (
                <dd key={`${entity.kind} ${entity.value}`}>
                  <span className={classes.kind}>{words.kind(entity.kind)}</span>
                  <code>
                    <Inert value={entity.value} limit={120} isExpandable />
                  </code>
                  {entity.kind === "domain" && <LookAlike domain={entity.value} />}
                  <CopyButton value={entity.value} label={words.kind(entity.kind)} />
                </dd>
              ))}
            </div>
          );
        })}
      </dl>
    </div>
  );
}

function LookAlike({ domain }: { readonly domain: string }) {
  const { t } = useLingui();
  const both = lookAlike(domain);
  if (!both) return null;
  return (
    <span className={classes.alike}>
      {t`reads as`}{" "}
      <code>
        <Inert value={both.unicode} />
      </code>
      {both.ascii !== domain && (
        <>
          {" = "}
          <code>{both.ascii}</code>
        </>
      )}
    </span>
  );
}
