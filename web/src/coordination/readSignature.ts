/** What `khien policy sign` wrote, pasted: YAML lines of `signatures.yaml`, or the JSON of `--json`. */
export interface PastedSignature {
  readonly party: string;
  readonly person: string;
  readonly signed_at: string;
  readonly key_id: string;
  readonly sha256: string;
  readonly signature: string;
}

const FIELDS = ["party", "person", "signed_at", "key_id", "sha256", "signature"] as const;
/** `- party: x`, `signed_at: '…'`, `"sha256": "…",` */
const LINE = /^\s*(?:-\s+)?["']?([a-z0-9_]+)["']?\s*:\s*["']?([^"',\s]+)["']?,?\s*$/;

/** The signature over this hash in a pasted text; undefined when it holds none that is whole. */
export function readSignature(text: string, sha256: string): PastedSignature | undefined {
  let found: Partial<Record<string, string>> = {};
  for (const line of text.split("\n")) {
    // A new member of a list begins with a dash, a new object with a brace.
    if (/^\s*-\s/.test(line) || line.includes("{")) found = {};
    const [, name, value] = LINE.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found[name] = value;
    const { party, person, signed_at, key_id, signature } = found;
    const isWhole = FIELDS.every((field) => found[field] !== undefined);
    if (isWhole && found.sha256 === sha256 && party && person && signed_at && key_id && signature)
      return { party, person, signed_at, key_id, sha256, signature };
  }
  return undefined;
}
