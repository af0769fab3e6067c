import "./theme/fonts.css";
import "./theme/tokens.css";
import "./theme/mantine.css";
import "./theme/base.css";

import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { KeyboardProvider } from "./keyboard/Keyboard";
import { activate, storedLanguage } from "./language/language";
import { createQueries } from "./session/queries";
import { NoticesProvider } from "./shell/Notices";
import { createPageRouter } from "./shell/router";
import { colorSchemes, styleNonce, theme } from "./theme/theme";
import { cssVariables } from "./theme/variables";

const queries = createQueries();
const router = createPageRouter(queries);

async function start(): Promise<void> {
  await activate(storedLanguage());
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <MantineProvider
          theme={theme}
          colorSchemeManager={colorSchemes}
          defaultColorScheme="auto"
          cssVariablesResolver={cssVariables}
          getStyleNonce={styleNonce}
          withCssVariables
        >
          <QueryClientProvider client={queries}>
            <NoticesProvider>
              <KeyboardProvider>
                <RouterProvider router={router} />
              </KeyboardProvider>
            </NoticesProvider>
          </QueryClientProvider>
        </MantineProvider>
      </I18nProvider>
    </StrictMode>,
  );
}

void start();
