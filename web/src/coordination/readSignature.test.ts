import { describe, expect, it } from "vitest";
import { readSignature } from "./readSignature";

const HASH = "ab".repeat(32);
const OTHER = "cd".repeat(32);
const MADE = `${"A".repeat(86)}==`;
const one = (sha256: string, person: string): string => `- party: city_police
  person: ${person}
  signed_at: '2026-11-23T18:03:29Z'
  method: ed25519
  key_id: ${person}-6e7ed845
  sha256: ${sha256}
  signature: ${MADE}
`;

describe("a signature that was pasted", () => {
  it("is read from signatures.yaml, the one over this hash among several", () => {
    const text = `# Written by khien policy sign.\nsignatures:\n${one(OTHER, "somebody.else")}${one(HASH, "police.investigator.1")}parts:\n  policy: 12\n`;
    expect(readSignature(text, HASH)).toEqual({
      party: "city_police",
      person: "police.investigator.1",
      signed_at: "2026-11-23T18:03:29Z",
      key_id: "police.investigator.1-6e7ed845",
      sha256: HASH,
      signature: MADE,
    });
  });

  it("is read from JSON", () => {
    const text = JSON.stringify(
      {
        signatures: [
          { party: "a", person: "b", signed_at: "c", method: "d", key_id: "e", sha256: HASH, signature: MADE },
        ],
      },
      null,
      2,
    );
    expect(readSignature(text, HASH)?.signature).toBe(MADE);
  });

  it("is none when it is over another hash or a line is missing", () => {
    expect(readSignature(one(OTHER, "x"), HASH)).toBeUndefined();
    expect(readSignature(one(HASH, "x").replace(/ {2}key_id.*\n/, ""), HASH)).toBeUndefined();
  });
});
