import { useLingui } from "@lingui/react/macro";
import { useEffect, useRef } from "react";
import type { RuleText } from "../api/names";
import { Card } from "../shell/Card";
import { Inert } from "../text/Inert";
import classes from "./RulePage.module.css";

/** The file as text and nothing else; the line that is meant is marked and in sight. */
export function RuleSource({ file }: { readonly file: RuleText }) {
  const { t } = useLingui();
  const box = useRef<HTMLDivElement>(null);
  const { line, path } = file;
  useEffect(() => {
    const here = box.current?.querySelector<HTMLElement>("[data-here]");
    if (here && box.current) box.current.scrollTop = Math.max(0, here.offsetTop - box.current.clientHeight / 2);
  }, []);
  if (file.text === null)
    return (
      <Card id="rule-source" title={t`Text`}>
        <p className={classes.note}>
          {t`The file is too long to be shown here:`} <Inert value={path} limit={200} />
        </p>
      </Card>
    );
  return (
    <Card id="rule-source" title={t`Text`} aside={<Inert value={path} limit={160} />}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div ref={box} className={classes.source} tabIndex={0} role="region" aria-labelledby="rule-source">
        <Lines text={file.text} here={line} />
      </div>
    </Card>
  );
}

export function Lines({ text, here }: { readonly text: string; readonly here: number | null }) {
  return (
    <ol>
      {text
        .replace(/\n$/, "")
        .split("\n")
        .map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a file never move
          <li key={index} data-here={index + 1 === here || undefined}>
            <Inert value={each} limit={1000} />
          </li>
        ))}
    </ol>
  );
}
