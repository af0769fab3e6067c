/**
 * QR codes (ISO/IEC 18004:2015), as much as an `otpauth:` address needs: byte mode, error correction M, versions 1 to 10.
 * Ours, so that a secret is drawn where it is read and no foreign code ever holds it.
 */

/** Rows of modules; true is dark. */
export type Modules = readonly (readonly boolean[])[];

// Table 9, level M: [error-correction codewords of a block, [blocks, data codewords of each] …] by version.
const BLOCKS: readonly (readonly [number, ...(readonly [number, number])[]])[] = [
  [10, [1, 16]],
  [16, [1, 28]],
  [26, [1, 44]],
  [18, [2, 32]],
  [24, [2, 43]],
  [16, [4, 27]],
  [18, [4, 31]],
  [22, [2, 38], [2, 39]],
  [22, [3, 36], [2, 37]],
  [26, [4, 43], [1, 44]],
];
// Annex E: centres of the alignment patterns by version.
const CENTRES: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
];
const [BYTE_MODE, LEVEL_M] = [0b0100, 0b00];
const PADS = [0xec, 0x11] as const;
// Section 7.8.2, Table 10: what a data module at row r, column c is inverted by.
const MASKS: readonly ((r: number, c: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** The code of a text; undefined for one that is too long. */
export function qrModules(text: string): Modules | undefined {
  const bytes = new TextEncoder().encode(text);
  const version = BLOCKS.findIndex((_, index) => bytes.length <= capacity(index + 1)) + 1;
  if (version === 0) return undefined;
  const codewords = interleaved(version, dataCodewords(version, bytes));
  const drawn = MASKS.map((_, mask) => draw(version, codewords, mask));
  return drawn.reduce((best, next) => (penalty(next) < penalty(best) ? next : best));
}

function blocksOf(version: number): { readonly correction: number; readonly sizes: readonly number[] } {
  const [correction, ...groups] = BLOCKS[version - 1] ?? [0];
  return { correction, sizes: groups.flatMap(([count, size]) => Array<number>(count).fill(size)) };
}

const dataSize = (version: number): number => blocksOf(version).sizes.reduce((sum, size) => sum + size, 0);
const lengthBits = (version: number): number => (version < 10 ? 8 : 16);
const capacity = (version: number): number => Math.floor((dataSize(version) * 8 - 4 - lengthBits(version)) / 8);

function dataCodewords(version: number, bytes: Uint8Array): number[] {
  const bits: number[] = [];
  const push = (value: number, count: number): void => {
    for (let bit = count - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
  };
  push(BYTE_MODE, 4);
  push(bytes.length, lengthBits(version));
  for (const byte of bytes) push(byte, 8);
  const size = dataSize(version);
  push(0, Math.min(4, size * 8 - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  const words: number[] = [];
  for (let at = 0; at < bits.length; at += 8) words.push(bits.slice(at, at + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let pad = 0; words.length < size; pad++) words.push(PADS[pad % 2] ?? 0);
  return words;
}

function interleaved(version: number, data: readonly number[]): number[] {
  const { correction, sizes } = blocksOf(version);
  let from = 0;
  const blocks = sizes.map((size) => {
    from += size;
    return data.slice(from - size, from);
  });
  const ends = blocks.map((block) => remainder(block, correction));
  const woven = (columns: readonly (readonly number[])[], length: number): number[] =>
    Array.from({ length }, (_, index) => columns.flatMap((column) => column[index] ?? [])).flat();
  return [...woven(blocks, Math.max(...sizes)), ...woven(ends, correction)];
}

/** Multiplication in GF(2^8) over x^8 + x^4 + x^3 + x^2 + 1 (section 7.5.2). */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> bit) & 1) * a;
  }
  return product;
}

/** The Reed-Solomon codewords of a block: the remainder by the generator of that degree (Annex A). */
function remainder(block: readonly number[], degree: number): number[] {
  let generator = [1];
  for (let power = 0, root = 1; power < degree; power++, root = times(root, 2)) {
    const next = [...generator, 0];
    for (const [index, factor] of generator.entries()) next[index + 1] = (next[index + 1] ?? 0) ^ times(factor, root);
    generator = next;
  }
  const rest = Array<number>(degree).fill(0);
  for (const word of block) {
    const factor = word ^ (rest.shift() ?? 0);
    rest.push(0);
    for (let index = 0; index < degree; index++)
      rest[index] = (rest[index] ?? 0) ^ times(generator[index + 1] ?? 0, factor);
  }
  return rest;
}

/** A number followed by its BCH remainder (Annexes C and D). */
function withBch(value: number, degree: number, polynomial: number): number {
  let rest = value << degree;
  for (let bit = 31; bit >= degree; bit--) if ((rest >>> bit) & 1) rest ^= polynomial << (bit - degree);
  return (value << degree) | rest;
}

function draw(version: number, codewords: readonly number[], mask: number): boolean[][] {
  const size = 17 + 4 * version;
  const cells: (boolean | undefined)[][] = Array.from({ length: size }, () =>
    Array<boolean | undefined>(size).fill(undefined),
  );
  const put = (r: number, c: number, dark: boolean): void => {
    const row = cells[r];
    if (row && c >= 0 && c < size) row[c] = dark;
  };
  drawPatterns(version, size, put, (r, c) => cells[r]?.[c] !== undefined);
  drawFormat(size, mask, put);
  if (version >= 7) drawVersion(version, size, put);
  const bits = codewords.flatMap((word) => Array.from({ length: 8 }, (_, bit) => ((word >> (7 - bit)) & 1) === 1));
  const isInverted = MASKS[mask] ?? (() => false);
  let next = 0;
  // Section 7.7.3: two columns at a time from the right, up and down in turn, past the vertical timing pattern.
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const r = up ? size - 1 - step : step;
      for (const c of [right, right - 1]) {
        if (cells[r]?.[c] === undefined) put(r, c, (bits[next++] ?? false) !== isInverted(r, c));
      }
    }
  }
  return cells.map((row) => row.map((cell) => cell === true));
}

type Put = (r: number, c: number, dark: boolean) => void;

function drawPatterns(version: number, size: number, put: Put, isTaken: (r: number, c: number) => boolean): void {
  for (const [top, left] of [
    [0, 0],
    [0, size - 7],
    [size - 7, 0],
  ] as const) {
    for (let r = -1; r <= 7; r++) {
      for (let c = -1; c <= 7; c++) {
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        put(top + r, left + c, ring !== 2 && ring !== 4);
      }
    }
  }
  const centres = CENTRES[version - 1] ?? [];
  for (const row of centres) {
    for (const column of centres) {
      if (isTaken(row, column)) continue;
      for (let r = -2; r <= 2; r++)
        for (let c = -2; c <= 2; c++) put(row + r, column + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
    }
  }
  for (let at = 8; at < size - 8; at++) {
    put(6, at, at % 2 === 0);
    put(at, 6, at % 2 === 0);
  }
}

function drawFormat(size: number, mask: number, put: Put): void {
  const format = withBch((LEVEL_M << 3) | mask, 10, 0x537) ^ 0x5412;
  const isDark = (bit: number): boolean => ((format >> bit) & 1) === 1;
  for (let bit = 0; bit < 15; bit++) {
    // Figure 25: once around the upper left finder, once split over the other two.
    put(bit < 6 ? bit : bit < 8 ? bit + 1 : 8, bit < 8 ? 8 : bit === 8 ? 7 : 14 - bit, isDark(bit));
    put(bit < 8 ? 8 : size - 15 + bit, bit < 8 ? size - 1 - bit : 8, isDark(bit));
  }
  put(size - 8, 8, true);
}

function drawVersion(version: number, size: number, put: Put): void {
  const code = withBch(version, 12, 0x1f25);
  for (let bit = 0; bit < 18; bit++) {
    const [long, short] = [Math.floor(bit / 3), size - 11 + (bit % 3)];
    put(long, short, ((code >> bit) & 1) === 1);
    put(short, long, ((code >> bit) & 1) === 1);
  }
}

/** Section 7.8.3: the mask with the fewest points is the easiest to read. */
function penalty(cells: Modules): number {
  const size = cells.length;
  const lines = [...cells, ...Array.from({ length: size }, (_, c) => cells.map((row) => row[c] ?? false))];
  let points = 0;
  for (const line of lines) {
    const text = line.map((dark) => (dark ? "1" : "0")).join("");
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) points += run.length - 2;
    points += 40 * [...text.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  for (let r = 1; r < size; r++) {
    for (let c = 1; c < size; c++) {
      const dark = cells[r]?.[c];
      if (dark === cells[r]?.[c - 1] && dark === cells[r - 1]?.[c] && dark === cells[r - 1]?.[c - 1]) points += 3;
    }
  }
  const share = (cells.flat().filter(Boolean).length * 100) / (size * size);
  return points + 10 * Math.floor(Math.abs(share - 50) / 5);
}
