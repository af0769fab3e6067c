/** Reads server-sent events (WHATWG HTML, section 9.2.6) from a response body; comments count as signs of life too. */

export interface Frame {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

export class FrameReader {
  #rest = "";
  #event = "";
  #id = "";
  #data: string[] = [];

  /** Takes the next piece of text and gives the frames that are complete. */
  push(text: string): readonly Frame[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    const frames: Frame[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0) {
          frames.push({ event: this.#event || "message", id: this.#id, data: this.#data.join("\n") });
        }
        this.#event = "";
        this.#data = [];
        continue;
      }
      this.#field(line);
    }
    return frames;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}
