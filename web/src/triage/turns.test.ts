import { expect, test } from "vitest";
import type { GroupDetail, GroupRow } from "../api/names";
import type { Act } from "./acts";
import { Turns } from "./turns";

const TAKE: Act = { kind: "take" };
const CLOSE: Act = { kind: "close", verdict: "duplicate", note: undefined };

// only what turns look at
const row = (id: string, version = 1): GroupRow => ({ id, version }) as GroupRow;
const detail = (of: GroupRow): GroupDetail => ({ row: of }) as GroupDetail;

/** A server that refuses what was asked in another version than it holds, as ours does, and answers when it is told to. */
class Server {
  readonly versions = new Map<string, number>();
  readonly #answers: (() => void)[] = [];
  most = 0;

  readonly send = (of: GroupRow, _act: Act): Promise<GroupDetail> =>
    new Promise((resolve, reject) => {
      this.#answers.push(() => {
        const held = this.versions.get(of.id) ?? 1;
        if (of.version !== held) {
          reject(new Error(`version ${of.version} of ${of.id}, held is ${held}`));
          return;
        }
        this.versions.set(of.id, held + 1);
        resolve(detail(row(of.id, held + 1)));
      });
      this.most = Math.max(this.most, this.#answers.length);
    });

  async answerAll(): Promise<void> {
    for (let idle = 0; idle < 3; ) {
      await new Promise((next) => setTimeout(next));
      const next = this.#answers.shift();
      if (next) next();
      idle = next ? 0 : idle + 1;
    }
  }
}

test("fifty groups taken and closed by a hundred keys at once are all taken and all closed, a few at a time", async () => {
  const server = new Server();
  const turns = new Turns(server.send);
  const acts = Array.from({ length: 50 }, (_, index) => row(`g${index}`)).flatMap((each) => [
    turns.take(each, TAKE),
    turns.take(each, CLOSE),
  ]);
  expect(turns.pending).toBe(100);
  const [results] = await Promise.all([Promise.allSettled(acts), server.answerAll()]);
  expect(results.filter((each) => each.status === "rejected")).toEqual([]);
  expect([...server.versions.values()]).toEqual(Array.from({ length: 50 }, () => 3));
  expect(server.most).toBe(3);
  expect(turns.pending).toBe(0);
});

test("a refused act lets the next one of its group go, in the version that was seen", async () => {
  const server = new Server();
  server.versions.set("a", 7);
  const turns = new Turns(server.send);
  const acts = Promise.allSettled([
    turns.take(row("a", 6), TAKE),
    turns.take(row("a", 6), CLOSE),
    turns.take(row("b"), TAKE),
  ]);
  await server.answerAll();
  expect((await acts).map((each) => each.status)).toEqual(["rejected", "rejected", "fulfilled"]);
  expect(server.versions.get("a")).toBe(7);
});

test("a row that the screen still holds in its old version is asked in the one that the last act left", async () => {
  const server = new Server();
  const turns = new Turns(server.send);
  const first = turns.take(row("a", 1), TAKE);
  await server.answerAll();
  await first;
  const second = turns.take(row("a", 1), CLOSE);
  await server.answerAll();
  expect((await second).row.version).toBe(3);
});
