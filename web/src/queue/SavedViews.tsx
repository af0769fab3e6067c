import { useLingui } from "@lingui/react/macro";
import { Menu } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api } from "../api/client";
import type { SavedView } from "../api/names";
import { inLanguage } from "../language/language";
import { Dialog } from "../shell/Dialog";
import { Icon } from "../shell/Icon";
import { inertText } from "../text/escape";
import classes from "./SavedViews.module.css";
import { readSearch } from "./search";

// Fields that nothing else of the first page needs.
const SaveForm = lazy(async () => ({ default: (await import("./SaveForm")).SaveForm }));

const viewsQuery = queryOptions({
  queryKey: ["views"],
  staleTime: 60_000,
  queryFn: ({ signal }) => answerOf(api.GET("/api/v1/views", { signal })),
});

/** Names for addresses of the queue: one's own, and the team's. */
export function SavedViews({ isReady }: { readonly isReady: boolean }) {
  const { t, i18n } = useLingui();
  const { data } = useQuery({ ...viewsQuery, enabled: isReady });
  const router = useRouter();
  const navigate = useNavigate();
  const [isSaving, setSaving] = useState(false);
  const { act } = useAct();
  const views = data?.views ?? [];
  const open = (view: SavedView): void => {
    // Read like any address: what is not understood falls back to the default.
    void navigate({ to: "/queue", search: readSearch(router.options.parseSearch(`?${view.address}`)) });
  };
  const remove = (view: SavedView): void => {
    const params = { path: { view_id: view.id } };
    const send = (): Promise<unknown> => answerOf(api.DELETE("/api/v1/views/{view_id}", { params }).then(emptied));
    void act(send, { done: t`The view was removed`, refresh: [["views"]] });
  };
  const removable = views.filter((view) => view.may_remove);
  return (
    <>
      <Menu position="bottom-end" transitionProps={{ duration: 0 }} withinPortal>
        <Menu.Target>
          <button type="button" className={classes.button}>
            {t`Views`}
            <Icon name="chevron" />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.map((view) => (
            <Menu.Item key={view.id} onClick={() => open(view)}>
              {inertText(view.name)}
              {view.is_shared && (
                <small className={classes.owner}>{t`team · ${inLanguage(view.owner.name, i18n.locale) ?? ""}`}</small>
              )}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => setSaving(true)}>{t`Save this view …`}</Menu.Item>
          {removable.length > 0 && <Menu.Label>{t`Remove`}</Menu.Label>}
          {removable.map((view) => (
            <Menu.Item key={view.id} onClick={() => remove(view)} leftSection={<Icon name="cross" />}>
              {inertText(view.name)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Dialog isOpen={isSaving} onClose={() => setSaving(false)} title={t`Save this view`} size="28rem">
        <Suspense>
          <SaveForm onSaved={() => setSaving(false)} />
        </Suspense>
      </Dialog>
    </>
  );
}

/** A deletion answers nothing; the client wants something for "it is done". */
function emptied<T>(outcome: { readonly response: Response; readonly data?: T; readonly error?: unknown }) {
  return { ...outcome, data: outcome.response.ok ? true : undefined };
}
