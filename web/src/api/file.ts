import { toApiError } from "./problem";

interface Outcome {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

export interface File {
  readonly content: Blob;
  readonly name: string;
}

const NAME = /filename="([^"]+)"/;

/** A file that the server sends as an attachment, with the name that the server gave it; ask with `parseAs: "blob"`. */
export async function fileOf(request: Promise<Outcome>): Promise<File> {
  const { data, error, response } = await request.catch(() => {
    throw toApiError(0, undefined);
  });
  if (!response.ok || !(data instanceof Blob)) throw toApiError(response.status, error);
  const name = NAME.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "khien";
  return { content: data, name };
}
