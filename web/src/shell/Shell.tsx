import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useKeyboard, useShortcuts } from "../keyboard/Keyboard";
import { KeyboardHelp } from "../keyboard/KeyboardHelp";
import { LanguageSwitch } from "../language/LanguageSwitch";
import { LiveProvider, useLive } from "../live/Live";
import { LiveLight } from "../live/LiveLight";
import { OfflineBanner } from "../live/OfflineBanner";
import { sessionQuery } from "../session/session";
import { ThemeSwitch } from "../theme/ThemeSwitch";
import { Questions } from "../triage/Questions";
import { TriageProvider, useTriage } from "../triage/Triage";
import { UndoBar } from "../triage/UndoBar";
import { Brand } from "./Brand";
import { Icon } from "./Icon";
import buttons from "./IconButton.module.css";
import { NoticeList, useNotices } from "./Notices";
import { PersonMenu } from "./PersonMenu";
import classes from "./Shell.module.css";

export function Shell() {
  const { data: session } = useQuery(sessionQuery);
  const router = useRouter();
  useEffect(() => {
    // The route's own check sends whoever has no session to the log-in page, with the way back.
    if (!session) void router.invalidate();
  }, [session, router]);
  if (!session) return null;
  return (
    <LiveProvider>
      <TriageProvider session={session}>
        <Frame />
      </TriageProvider>
    </LiveProvider>
  );
}

function Frame() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const live = useLive();
  const { undo } = useTriage();
  const { announce } = useNotices();
  const keyboard = useKeyboard();
  const [isHelpOpen, setHelpOpen] = useState(false);
  useShortcuts("everywhere", {
    help: () => setHelpOpen(true),
    goQueue: () => void navigate({ to: "/queue" }),
    goHeldBack: () => void navigate({ to: "/held-back" }),
    undo: () => void undo(),
    pause: () => {
      announce(live.isPaused ? t`Live updates go on` : t`Live updates are paused`);
      live.setPaused(!live.isPaused);
    },
  });
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#main">{t`To the content`}</a>
      <header className={classes.header}>
        <Link to="/queue" className={classes.home} aria-label={t`Khiên: to the queue`}>
          <Brand />
        </Link>
        <nav className={classes.nav} aria-label={t`Pages`}>
          <Link to="/queue" activeProps={{ "aria-current": "page" }}>{t`Queue`}</Link>
          <Link to="/held-back" activeProps={{ "aria-current": "page" }}>{t`Held back`}</Link>
        </nav>
        <div className={classes.space} />
        <LiveLight />
        <LanguageSwitch />
        <ThemeSwitch />
        <button
          type="button"
          className={`${buttons.button} ${classes.help}`}
          onClick={() => setHelpOpen(true)}
          aria-label={t`Keyboard shortcuts`}
          title={t`Keyboard shortcuts`}
          aria-keyshortcuts="?"
        >
          <kbd className={classes.key}>{QUESTION_MARK}</kbd>
        </button>
        <PersonMenu />
      </header>
      <div className={classes.banners}>
        <OfflineBanner />
        {keyboard.isRewriting && (
          <div className={classes.tip} role="status">
            <Icon name="warn" />
            <p>
              {t`Your Vietnamese keyboard rewrites letters as you type, so shortcuts cannot be read. Switch it to English (E) while you triage, for example with Ctrl+Shift; in notes it works as always.`}
            </p>
            <button type="button" className={buttons.button} onClick={keyboard.dismissRewriting}>
              {t`Understood`}
            </button>
          </div>
        )}
      </div>
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <UndoBar />
      <NoticeList />
      <Questions />
      <KeyboardHelp isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

const QUESTION_MARK = "?";
