import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];
export type LocalText = components["schemas"]["LocalText"];

/** An answer that is not the one asked for: the server's problem document, or the fact that there was no answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    super(problem?.code ?? `http.${status}`);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "text" in body;
}

export function toApiError(status: number, body: unknown): ApiError {
  return new ApiError(status, isProblem(body) ? body : undefined);
}
