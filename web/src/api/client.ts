import createClient, { type Middleware } from "openapi-fetch";
import { currentLanguage } from "../language/language";
import { isByItself, used } from "../session/lastUse";
import { ApiError, toApiError } from "./problem";
import type { paths } from "./schema";

/** Sent with what no person asked for: it does not keep the session alive. */
export const BACKGROUND = "Khien-Background";

let csrfToken: string | undefined;

/** The token of the session in memory; it never touches storage. */
export function rememberCsrf(token: string | undefined): void {
  csrfToken = token;
}

const ownHeaders: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", currentLanguage());
    if (request.method !== "GET" && csrfToken) request.headers.set("X-CSRF-Token", csrfToken);
    if (isByItself()) request.headers.set(BACKGROUND, "1");
    return request;
  },
  onResponse({ request, response }) {
    if (response.status !== 401 && !request.headers.has(BACKGROUND)) used();
    return undefined;
  },
};

export const api = createClient<paths>({ baseUrl: "", credentials: "same-origin" });
api.use(ownHeaders);

interface Outcome<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer, or an ApiError with the server's own words; status 0 is "no answer at all". */
export async function answerOf<T>(request: Promise<Outcome<T>>): Promise<NonNullable<T>> {
  const outcome = await request.catch(() => {
    throw new ApiError(0, undefined);
  });
  if (!outcome.response.ok || outcome.data === undefined || outcome.data === null) {
    throw toApiError(outcome.response.status, outcome.error);
  }
  return outcome.data;
}

/** One key for one act: a request repeated by the network is answered once. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}

/** The same where success has no body (204). */
export async function doneOf(request: Promise<Outcome<unknown>>): Promise<void> {
  const outcome = await request.catch(() => {
    throw new ApiError(0, undefined);
  });
  if (!outcome.response.ok) throw toApiError(outcome.response.status, outcome.error);
}
