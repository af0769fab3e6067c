/** The strip's pieces as the page draws them, and what a brush over them means. */
import { queryOptions } from "@tanstack/react-query";
import { answerOf, api } from "../api/client";
import type { QueueQuery, StripAnswer } from "../api/names";

export interface Piece {
  readonly fromUs: number;
  readonly toUs: number;
  /** Low, medium, high, critical. */
  readonly counts: readonly [number, number, number, number];
  readonly total: number;
}

export interface Brush {
  readonly first: number;
  readonly last: number;
}

const REREAD_MS = 30_000;

export function stripQuery(query: QueueQuery) {
  const {
    group_by: _by,
    sort: _sort,
    after: _after,
    limit: _limit,
    since_us: _since,
    before_us: _before,
    ...rest
  } = query;
  return queryOptions({
    queryKey: ["strip", rest],
    refetchInterval: REREAD_MS,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/alerts/strip", { params: { query: rest }, signal })),
  });
}

/** Every piece of the span, those without groups too: quiet is seen as quiet. */
export function piecesOf(strip: StripAnswer): readonly Piece[] {
  if (strip.from_us === null || strip.to_us === null) return [];
  const known = new Map(strip.bins.map((bin) => [bin.from_us, bin.counts]));
  const count = Math.round((strip.to_us - strip.from_us) / strip.width_us);
  const from = strip.from_us;
  return Array.from({ length: count }, (_, index) => {
    const fromUs = from + index * strip.width_us;
    const [low = 0, medium = 0, high = 0, critical = 0] = known.get(fromUs) ?? [];
    return {
      fromUs,
      toUs: fromUs + strip.width_us,
      counts: [low, medium, high, critical],
      total: low + medium + high + critical,
    };
  });
}

export function windowOf(
  pieces: readonly Piece[],
  brush: Brush,
): { readonly since: number; readonly before: number } | undefined {
  const first = pieces[Math.min(brush.first, brush.last)];
  const last = pieces[Math.max(brush.first, brush.last)];
  return first && last ? { since: first.fromUs, before: last.toUs } : undefined;
}

/** How many groups lie in a window: the same number as the list's. */
export function countIn(pieces: readonly Piece[], since: number, before: number): number {
  return pieces
    .filter((piece) => piece.fromUs >= since && piece.toUs <= before)
    .reduce((sum, piece) => sum + piece.total, 0);
}
