/** What an authenticator on a telephone does. */
import { createHmac } from "node:crypto";

const STEP_MS = 30_000;

/** RFC 6238: the code that an authenticator with this secret shows now, or so many steps aside. */
export function code(secret: string, aside = 0): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + aside));
  const digest = createHmac("sha1", key).update(counter).digest();
  const from = (digest[19] ?? 0) & 0xf;
  return String((digest.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
