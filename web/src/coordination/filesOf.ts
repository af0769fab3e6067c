/** The files of a policy as the API takes them: named texts, or one archive in base64. */
export type Upload = { readonly files: Record<string, string> } | { readonly archive: string };

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz|tar\.bz2|tar\.xz)$/i;

/** A folder's files by their names in it: the browser says `folder/calendar/2027.yaml`. */
export function nameInside(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  const calendar = parts.at(-2) === "calendar";
  const last = parts.at(-1) ?? path;
  return calendar || /^[0-9]{4}\.yaml$/.test(last) ? `calendar/${last}` : last;
}

export async function readUpload(files: readonly File[]): Promise<Upload> {
  const [first] = files;
  if (files.length === 1 && first && ARCHIVE.test(first.name)) return { archive: await base64(first) };
  const texts = files
    .filter((file) => file.name.endsWith(".yaml"))
    .map(async (file) => [nameInside(file.webkitRelativePath || file.name), await file.text()] as const);
  return { files: Object.fromEntries(await Promise.all(texts)) };
}

async function base64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const CHUNK = 0x8000;
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

const HEADER = /^#{3,}\s*(\S+\.yaml)\s*$/;

/** Files pasted as one text, each below a line `### severity.yaml`. */
export function readPasted(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  let name: string | undefined;
  for (const line of text.split("\n")) {
    const header = HEADER.exec(line)?.[1];
    if (header !== undefined) {
      name = header;
      found[name] = "";
    } else if (name !== undefined) {
      found[name] += `${line}\n`;
    }
  }
  return found;
}
