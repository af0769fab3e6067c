import { useLingui } from "@lingui/react/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type RefObject, useMemo, useState } from "react";
import { useAct } from "../act/useAct";
import { answerOf, api, idempotencyKey } from "../api/client";
import type { Asked } from "../casework/Ask";
import { useShortcuts } from "../keyboard/Keyboard";
import { useRight } from "../session/useRights";
import { saveFile } from "../text/save";
import { formatLocal } from "../time/format";
import { csvOf, svgOf } from "./export";
import type { Mark } from "./marks";
import { LANES, type LanesBy, MOST_PINS, type TimelineSearch } from "./search";
import { useMarks } from "./useMarks";
import { type Cluster, moved, showing, type View, whole, zoomed } from "./view";
import { useSortWord } from "./words";

export type Timeline = ReturnType<typeof useTimeline>;

/** The state of the page: what is drawn, what of it is on screen (in the address), what is chosen, and everything keys do. */
export function useTimeline(incidentId: string, picture: RefObject<SVGSVGElement | null>) {
  const { t } = useLingui();
  const route = { from: "/shell/incidents/$incidentId/timeline" } as const;
  const search = useSearch(route);
  const navigate = useNavigate();
  const found = useMarks(incidentId);
  const { marks } = found;
  const sortWord = useSortWord();
  const mayWrite = useRight("comments.write");
  const [chosenId, setChosenId] = useState<string>();
  const [asked, setAsked] = useState<Asked>();
  const { act } = useAct();

  const bounds = useMemo(() => whole(marks), [marks]);
  const view: View =
    search.from !== undefined && search.to !== undefined ? { fromUs: search.from, toUs: search.to } : bounds;
  const chosen = marks.find((mark) => mark.id === chosenId);
  const pinned = search.pins ?? [];
  const pins = marks.filter((mark) => pinned.includes(mark.id));
  const by: LanesBy = search.lanes ?? "kind";

  const change = (next: Partial<TimelineSearch>): void =>
    void navigate({
      to: "/incidents/$incidentId/timeline",
      params: { incidentId },
      search: { ...search, ...next },
      replace: true,
    });
  const show = (next: View): void => {
    const isWhole = next.fromUs <= bounds.fromUs && next.toUs >= bounds.toUs;
    change(isWhole ? { from: undefined, to: undefined } : { from: next.fromUs, to: next.toUs });
  };
  const choose = (mark: Mark): void => {
    setChosenId(mark.id);
    const next = showing(view, mark.atUs, bounds);
    if (next !== view) show(next);
  };
  const step = (by: 1 | -1): void => {
    const place = chosen ? marks.indexOf(chosen) + by : by === 1 ? 0 : marks.length - 1;
    const mark = marks[Math.min(marks.length - 1, Math.max(0, place))];
    if (mark) choose(mark);
  };
  const centre =
    chosen && chosen.atUs >= view.fromUs && chosen.atUs <= view.toUs ? chosen.atUs : (view.fromUs + view.toUs) / 2;
  const pin = (mark: Mark): void => {
    const next = pinned.includes(mark.id)
      ? pinned.filter((id) => id !== mark.id)
      : [...pinned, mark.id].slice(-MOST_PINS);
    change({ pins: next.length > 0 ? next : undefined });
  };
  const note = (): void => {
    if (!mayWrite) return;
    const about = chosen ? `[${formatLocal(chosen.atUs)}] ${chosen.text}` : undefined;
    setAsked({
      title: t`Note on the timeline`,
      ...(about ? { about } : {}),
      fields: [
        { name: "text", kind: "words", label: t`Note`, description: t`It is written as a comment of the incident.` },
      ],
      send: t`Write`,
      onSend: ({ text = "" }) =>
        void act(
          () =>
            answerOf(
              api.POST("/api/v1/incidents/{incident_id}/comments", {
                params: { path: { incident_id: incidentId }, header: { "Idempotency-Key": idempotencyKey() } },
                body: { text: about ? `${about}\n${text.trim()}` : text.trim() },
              }),
            ),
          { done: t`Written`, refresh: [["incident", incidentId]] },
        ),
    });
  };
  const chooseCluster = (cluster: Cluster): void => {
    const last = cluster.marks.at(-1) ?? cluster.marks[0];
    const span = last.atUs - cluster.fromUs;
    setChosenId(cluster.marks[0].id);
    if (cluster.marks.length > 1 && span > 0) {
      const middle = (cluster.fromUs + last.atUs) / 2;
      show(zoomed(view, Math.min(0.5, (span * 1.4) / (view.toUs - view.fromUs)), middle, bounds));
    }
  };
  const lanes = (): void => {
    const choices = LANES.filter((each) => each === "kind" || found.mayReadAlerts);
    change({ lanes: choices[(choices.indexOf(by) + 1) % choices.length] });
  };
  const acts = {
    next: () => step(1),
    previous: () => step(-1),
    left: () => show(moved(view, -0.25, bounds)),
    right: () => show(moved(view, 0.25, bounds)),
    closer: () => show(zoomed(view, 0.5, centre, bounds)),
    further: () => show(zoomed(view, 2, centre, bounds)),
    whole: () => show(bounds),
    pin: () => chosen && pin(chosen),
    note,
  };
  useShortcuts("timeline", {
    "timeline.next": acts.next,
    "timeline.previous": acts.previous,
    "timeline.earlier": acts.left,
    "timeline.later": acts.right,
    "timeline.closer": acts.closer,
    "timeline.further": acts.further,
    "timeline.whole": acts.whole,
    "timeline.lanes": lanes,
    "timeline.pin": acts.pin,
    "timeline.note": acts.note,
    "timeline.back": () =>
      void navigate({ to: "/incidents/$incidentId", params: { incidentId }, search: { part: "timeline" } }),
  });
  return {
    ...found,
    view,
    by,
    pins,
    chosen,
    asked,
    mayWrite,
    acts,
    choose,
    chooseCluster,
    pin,
    closeAsked: () => setAsked(undefined),
    setBy: (next: LanesBy) => change({ lanes: next }),
    saveSvg: () => {
      if (picture.current)
        saveFile(new Blob([svgOf(picture.current)], { type: "image/svg+xml" }), `${incidentId}-timeline.svg`);
    },
    saveCsv: () =>
      saveFile(
        new Blob(
          [
            csvOf(
              marks,
              pins.map((each) => each.id),
              sortWord,
            ),
          ],
          { type: "text/csv" },
        ),
        `${incidentId}-timeline.csv`,
      ),
  };
}
