/** One stream per browser: the tab that holds the lock reads it, the others listen on a channel. */
import { BACKGROUND } from "../api/client";
import type { StreamEvent } from "../api/names";
import { FrameReader } from "./events";

/** Heartbeats come every 15 s; two missed ones are a dead stream. */
export const SILENCE_MS = 30_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 30_000;

export type StreamStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "offline"; readonly sinceMs: number };

export interface StreamListener {
  readonly onEvent: (event: StreamEvent) => void;
  readonly onStatus: (status: StreamStatus) => void;
}

type Message =
  | { readonly type: "event"; readonly event: StreamEvent }
  | { readonly type: "status"; readonly status: StreamStatus }
  | { readonly type: "ask" };

function isStreamEvent(value: unknown): value is StreamEvent {
  return typeof value === "object" && value !== null && "seq" in value && "kind" in value && "id" in value;
}

/** Exponential, capped, with jitter, so that a restarted server is not met by everybody at once. */
export function retryDelay(attempt: number, random: () => number): number {
  const ceiling = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random();
}

class Leader {
  readonly #listener: StreamListener;
  readonly #signal: AbortSignal;
  #lastId: string | undefined;
  #status: StreamStatus = { kind: "connecting" };

  constructor(listener: StreamListener, signal: AbortSignal) {
    this.#listener = listener;
    this.#signal = signal;
  }

  get status(): StreamStatus {
    return this.#status;
  }

  async run(): Promise<void> {
    let attempt = 0;
    while (!this.#signal.aborted) {
      const wasLive = await this.#read();
      if (this.#signal.aborted) return;
      if (this.#status.kind !== "offline") this.#say({ kind: "offline", sinceMs: Date.now() });
      attempt = wasLive ? 0 : attempt + 1;
      await this.#wait(retryDelay(attempt, Math.random));
    }
  }

  #say(status: StreamStatus): void {
    this.#status = status;
    this.#listener.onStatus(status);
  }

  /** Reads until the stream ends, breaks or falls silent; true when it had been alive. */
  async #read(): Promise<boolean> {
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#signal, silence.signal]);
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    let isLive = false;
    try {
      // It comes back by itself for hours: that is no use of the session.
      const headers: Record<string, string> = { Accept: "text/event-stream", [BACKGROUND]: "1" };
      if (this.#lastId) headers["Last-Event-ID"] = this.#lastId;
      const response = await fetch("/api/v1/stream", { headers, signal, cache: "no-store" });
      if (!response.ok || !response.body) return false;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const frames = new FrameReader();
      isLive = true;
      this.#say({ kind: "live" });
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return isLive;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        for (const frame of frames.push(value)) this.#deliver(frame.id, frame.data);
      }
    } catch {
      // A broken connection, a silent one or the end of the page: run() decides what follows.
      return isLive;
    } finally {
      clearTimeout(timer);
    }
  }

  #deliver(id: string, data: string): void {
    const event: unknown = JSON.parse(data);
    if (!isStreamEvent(event)) return;
    if (id) this.#lastId = id;
    if (event.kind !== "heartbeat") this.#listener.onEvent(event);
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Follows the stream until the returned function is called. */
export function followStream(listener: StreamListener): () => void {
  const abort = new AbortController();
  const channel = new BroadcastChannel("khien.live");
  const lead = async (): Promise<void> => {
    const leader = new Leader(
      {
        onEvent: (event) => {
          channel.postMessage({ type: "event", event } satisfies Message);
          listener.onEvent(event);
        },
        onStatus: (status) => {
          channel.postMessage({ type: "status", status } satisfies Message);
          listener.onStatus(status);
        },
      },
      abort.signal,
    );
    channel.onmessage = (message: MessageEvent<Message>) => {
      if (message.data.type === "ask") channel.postMessage({ type: "status", status: leader.status } satisfies Message);
    };
    await leader.run();
  };
  channel.onmessage = (message: MessageEvent<Message>) => {
    if (message.data.type === "event") listener.onEvent(message.data.event);
    else if (message.data.type === "status") listener.onStatus(message.data.status);
  };
  channel.postMessage({ type: "ask" } satisfies Message);
  // Locks need a secure context, which the product always is; without them every tab leads for itself.
  if (navigator.locks) {
    navigator.locks.request("khien.live", { signal: abort.signal }, lead).catch(() => {
      // Aborted while waiting: the page is closing or the person logged out.
    });
  } else {
    void lead();
  }
  return () => {
    abort.abort();
    channel.close();
  };
}
