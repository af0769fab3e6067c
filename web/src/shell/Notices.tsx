import { useLingui } from "@lingui/react/macro";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { ApiError, type Problem } from "../api/problem";
import { Icon } from "./Icon";
import classes from "./Notices.module.css";

interface Notices {
  /** Said to assistive technology; shown nowhere. */
  readonly announce: (text: string) => void;
  /** Something was refused or failed: stays until dismissed. */
  readonly complain: (text: string) => void;
}

interface Said {
  readonly complaints: readonly { readonly key: number; readonly text: string }[];
  readonly dismiss: (key: number) => void;
  /** What was said last. */
  readonly announced: string;
}

// Apart, so that who only speaks is not rendered again whenever anybody has spoken.
const Context = createContext<Notices | undefined>(undefined);
const SaidContext = createContext<Said | undefined>(undefined);

export function NoticesProvider({ children }: { readonly children: ReactNode }) {
  const [announced, setAnnounced] = useState("");
  const [complaints, setComplaints] = useState<Said["complaints"]>([]);
  const key = useRef(0);
  const announce = useCallback((text: string) => setAnnounced(text), []);
  const complain = useCallback((text: string) => {
    key.current += 1;
    const entry = { key: key.current, text };
    setComplaints((all) => [...all.filter((other) => other.text !== text), entry]);
  }, []);
  const dismiss = useCallback((gone: number) => setComplaints((all) => all.filter((other) => other.key !== gone)), []);
  const value = useMemo(() => ({ announce, complain }), [announce, complain]);
  const said = useMemo(() => ({ complaints, dismiss, announced }), [complaints, dismiss, announced]);
  return (
    <Context.Provider value={value}>
      <SaidContext.Provider value={said}>{children}</SaidContext.Provider>
    </Context.Provider>
  );
}

export function useNotices(): Notices {
  const notices = useContext(Context);
  if (!notices) throw new Error("useNotices outside of NoticesProvider");
  return notices;
}

/** The reader's sentence for what went wrong. */
export function useErrorText(): (error: unknown) => string {
  const { t, i18n } = useLingui();
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof ApiError))
        return t`The page itself failed. Reload it; if it happens again, tell operations`;
      if (error.problem) return whole(error.problem, i18n.locale === "en" ? "en" : "vi");
      if (error.status === 0) return t`The server cannot be reached. Nothing was changed`;
      return t`The server answered with an error (${error.status}). Nothing was changed`;
    },
    [t, i18n.locale],
  );
}

/** What happened and, where the server knows it, what is needed. */
function whole({ text, hint_text: hint }: Problem, language: "vi" | "en"): string {
  return hint[language] === "" ? text[language] : `${text[language]}. ${hint[language]}`;
}

export function NoticeList() {
  const { t } = useLingui();
  const said = useContext(SaidContext);
  if (!said) throw new Error("NoticeList outside of NoticesProvider");
  const { complaints, dismiss, announced } = said;
  return (
    <>
      <div className="unseen" role="status" aria-live="polite">
        {announced}
      </div>
      <div className={classes.list} role="alert">
        {complaints.map((complaint) => (
          <div className={classes.complaint} key={complaint.key}>
            <Icon name="warn" />
            <p>{complaint.text}</p>
            <button type="button" onClick={() => dismiss(complaint.key)} aria-label={t`Dismiss`}>
              <Icon name="cross" />
            </button>
          </div>
        ))}
      </div>
    </>
  );
}
