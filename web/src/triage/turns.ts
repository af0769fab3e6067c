/**
 * Acts of one person in the order of the keys. What is done to a group waits for what was done to it before, and is asked in the
 * version that act left: E and then 4 are two acts on one group, and neither may be refused because of the other. Groups do not
 * wait for each other, but only a few acts are on the way at a time, so that reading goes on meanwhile.
 */
import type { GroupDetail, GroupRow } from "../api/names";
import { type Act, perform } from "./acts";

/** Of the six connections that a browser has to a server, one is the live stream's and two are for reading. */
const AT_ONCE = 3;
/** Groups whose last version is remembered: far more than are on the way, far fewer than a shift sees. */
const REMEMBERED = 500;

type Send = (row: GroupRow, act: Act) => Promise<GroupDetail>;

export class Turns {
  readonly #send: Send;
  readonly #last = new Map<string, Promise<void>>();
  readonly #versions = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();
  #running = 0;
  #pending = 0;

  constructor(send: Send = perform) {
    this.#send = send;
  }

  /** How many acts the server has not answered yet. */
  get pending(): number {
    return this.#pending;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends an act when its turn has come; the answer is the server's. */
  async take(row: GroupRow, act: Act): Promise<GroupDetail> {
    this.#count(1);
    const earlier = this.#last.get(row.id);
    const answer = (async () => {
      await earlier;
      await this.#enter();
      try {
        const version = Math.max(row.version, this.#versions.get(row.id) ?? 0);
        const detail = await this.#send({ ...row, version }, act);
        this.remember(detail.row);
        return detail;
      } finally {
        this.#leave();
      }
    })();
    const settled = answer.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(row.id, settled);
    try {
      return await answer;
    } finally {
      if (this.#last.get(row.id) === settled) this.#last.delete(row.id);
      this.#count(-1);
    }
  }

  /** Whether an act on this group waits for its answer: what the page shows of it is ahead of what the server says. */
  isBusy(id: string): boolean {
    return this.#last.has(id);
  }

  /** Until everything that is on the way to these groups is answered. */
  async settled(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#last.get(id)));
  }

  /** The version that an act of this person left; the list on screen may not have heard of it yet. */
  remember(row: GroupRow): void {
    this.#versions.delete(row.id);
    this.#versions.set(row.id, row.version);
    for (const oldest of this.#versions.keys()) {
      if (this.#versions.size <= REMEMBERED) break;
      this.#versions.delete(oldest);
    }
  }

  #enter(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((go) => this.#waiting.push(go));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }

  #count(by: 1 | -1): void {
    this.#pending += by;
    for (const listener of this.#listeners) listener();
  }
}
