import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { SecondFactorProvider } from "../act/SecondFactor";
import { useKeyboard, useShortcuts } from "../keyboard/Keyboard";
import { PaletteProvider, usePalette } from "../keyboard/PaletteProvider";
import { SCOPES } from "../keyboard/registry";
import { LanguageSwitch } from "../language/LanguageSwitch";
import { LiveProvider, useLive } from "../live/Live";
import { LiveLight } from "../live/LiveLight";
import { OfflineBanner } from "../live/OfflineBanner";
import { SessionWarning } from "../session/SessionWarning";
import { sessionQuery } from "../session/session";
import { useRights } from "../session/useRights";
import { ThemeSwitch } from "../theme/ThemeSwitch";
import { BulkBar } from "../triage/BulkBar";
import { Questions } from "../triage/Questions";
import { TriageProvider, useTriage } from "../triage/Triage";
import { UndoBar } from "../triage/UndoBar";
import { Brand } from "./Brand";
import { Icon } from "./Icon";
import buttons from "./IconButton.module.css";
import { Navigation } from "./Navigation";
import { NoticeList, useNotices } from "./Notices";
import { PersonMenu } from "./PersonMenu";
import { mayOpen, PAGES, type PageEntry } from "./pages";
import classes from "./Shell.module.css";

const KeyboardHelp = lazy(() =>
  import("../keyboard/KeyboardHelp").then((module) => ({ default: module.KeyboardHelp })),
);

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
      <SecondFactorProvider>
        <TriageProvider session={session}>
          <PaletteProvider>
            <Frame />
          </PaletteProvider>
        </TriageProvider>
      </SecondFactorProvider>
    </LiveProvider>
  );
}

function Frame() {
  const { t } = useLingui();
  const live = useLive();
  const { undo } = useTriage();
  const { announce } = useNotices();
  const keyboard = useKeyboard();
  const openPalette = usePalette();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const cameFrom = useRef<Element | null>(null);
  const openHelp = (): void => {
    cameFrom.current = document.activeElement;
    setHelpOpen(true);
  };
  useEffect(() => {
    // The focus is back where it was before the list.
    if (!isHelpOpen && cameFrom.current instanceof HTMLElement) cameFrom.current.focus({ preventScroll: true });
  }, [isHelpOpen]);
  useShortcuts("everywhere", {
    help: openHelp,
    palette: () => openPalette({ scopes: SCOPES, title: t`Find a command` }),
    ...useGoTo(),
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
        <Link to="/" className={classes.home} aria-label={t`Khiên: to the first page`}>
          <Brand />
        </Link>
        <Navigation />
        <div className={classes.space} />
        <LiveLight />
        <LanguageSwitch />
        <ThemeSwitch />
        <button
          type="button"
          className={`${buttons.button} ${classes.help}`}
          onClick={openHelp}
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
      <BulkBar />
      <UndoBar />
      <NoticeList />
      <Questions />
      <SessionWarning />
      {isHelpOpen && (
        <Suspense>
          <KeyboardHelp isOpen onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** The `G …` keys; a page this person may not open says so instead of failing. */
function useGoTo(): Readonly<Record<PageEntry["shortcut"], () => void>> {
  const { t } = useLingui();
  const navigate = useNavigate();
  const rights = useRights();
  const { announce } = useNotices();
  const go = (page: PageEntry) => (): void => {
    if (mayOpen(page, rights)) void navigate({ to: page.path });
    else announce(t`Your role does not open this page`);
  };
  // every page of the table has one entry
  return Object.fromEntries(PAGES.map((page) => [page.shortcut, go(page)])) as Readonly<
    Record<PageEntry["shortcut"], () => void>
  >;
}

const QUESTION_MARK = "?";
