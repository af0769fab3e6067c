import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { sessionQuery } from "../session/session";
import classes from "./LanguageSwitch.module.css";
import { activate, LANGUAGES, type Language } from "./language";

// A language is named in itself, so that whoever needs it can read it.
const NAMES: Readonly<Record<Language, { readonly short: string; readonly long: string }>> = {
  vi: { short: "VI", long: "Tiếng Việt" },
  en: { short: "EN", long: "English" },
};

export function LanguageSwitch() {
  const { t, i18n } = useLingui();
  const { data: session } = useQuery({ ...sessionQuery, enabled: false });
  const choose = async (language: Language): Promise<void> => {
    await activate(language);
    // The choice on screen counts at once; that the server also remembers it is for mails and other browsers.
    if (session) await api.PUT("/api/v1/session/language", { body: { language } }).catch(() => undefined);
  };
  return (
    <div className={classes.switch} role="group" aria-label={t`Language`}>
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={i18n.locale === language}
          title={NAMES[language].long}
          onClick={() => void choose(language)}
        >
          <span aria-hidden="true">{NAMES[language].short}</span>
          <span className="unseen">{NAMES[language].long}</span>
        </button>
      ))}
    </div>
  );
}
