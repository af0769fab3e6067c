const DIGITS = 16;

/** The first digits of a hash as they are read aloud and typed from paper: `b387-3da8-eada-3493`. */
export function shortHash(sha256: string): string {
  return sha256.slice(0, DIGITS).replace(/(.{4})(?=.)/g, "$1-");
}
