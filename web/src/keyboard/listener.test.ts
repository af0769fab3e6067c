import { beforeEach, expect, test, vi } from "vitest";
import { createListener, readKey } from "./listener";
import { SHORTCUTS, type ShortcutId } from "./registry";

const acted: ShortcutId[] = [];
const onRewritten = vi.fn();
let letters = true;
let blocked = false;
let present: (id: ShortcutId) => boolean = () => true;

const listener = createListener({
  ids: Object.keys(SHORTCUTS) as ShortcutId[],
  handlerOf: (id) => (present(id) ? () => acted.push(id) : undefined),
  areLettersOn: () => letters,
  isBlocked: () => blocked,
  onRewritten,
});

function press(init: KeyboardEventInit & { keyCode?: number }, target: EventTarget = document.body): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
  target.addEventListener("keydown", (e) => listener(e as KeyboardEvent), { once: true });
  target.dispatchEvent(event);
  return event;
}

beforeEach(() => {
  acted.length = 0;
  letters = true;
  blocked = false;
  present = (id) => !/^(alert|timeline)\./.test(id);
  onRewritten.mockReset();
  document.body.replaceChildren();
});

test("J moves by its place on the keyboard, whatever letter the layout writes", () => {
  press({ key: "о", code: "KeyJ" });
  expect(acted).toEqual(["queue.next"]);
});

test("Telex, first shape: a key in a composition is not a command", () => {
  press({ key: "j", code: "KeyJ", isComposing: true });
  expect(acted).toEqual([]);
});

test("Telex, second shape: a key the input method swallowed (229) is not a command", () => {
  press({ key: "Process", code: "KeyJ", keyCode: 229 });
  press({ key: "j", code: "KeyJ", keyCode: 229 });
  expect(acted).toEqual([]);
});

test("Telex, third shape: Backspace and a rewritten letter without a code act on nothing and are told", () => {
  press({ key: "Backspace", code: "" });
  press({ key: "ạ", code: "" });
  expect(acted).toEqual([]);
  expect(onRewritten).toHaveBeenCalledTimes(2);
});

test("VNI digits in a note are text, not verdicts", () => {
  const note = document.body.appendChild(document.createElement("textarea"));
  press({ key: "1", code: "Digit1" }, note);
  expect(acted).toEqual([]);
});

test("an editable element inside another counts as typing", () => {
  const box = document.body.appendChild(document.createElement("div"));
  box.setAttribute("contenteditable", "true");
  const inner = box.appendChild(document.createElement("b"));
  const event = new KeyboardEvent("keydown", { key: "e", code: "KeyE" });
  Object.defineProperty(event, "target", { value: inner });
  expect(readKey(event)).toBe("typing");
});

test("Backspace is bound to nothing", () => {
  press({ key: "Backspace", code: "Backspace" });
  expect(acted).toEqual([]);
});

test("A and Shift+A are two commands", () => {
  press({ key: "a", code: "KeyA" });
  press({ key: "A", code: "KeyA", shiftKey: true });
  expect(acted).toEqual(["handOver", "toMe"]);
});

test("Ctrl+C stays with the browser", () => {
  const event = press({ key: "c", code: "KeyC", ctrlKey: true });
  expect(acted).toEqual([]);
  expect(event.defaultPrevented).toBe(false);
});

test("G then Q goes to the queue; Q alone does nothing", () => {
  press({ key: "q", code: "KeyQ" });
  expect(acted).toEqual([]);
  press({ key: "g", code: "KeyG" });
  press({ key: "q", code: "KeyQ" });
  expect(acted).toEqual(["goQueue"]);
});

test("? is found by its sign, with or without Shift on the layout", () => {
  press({ key: "?", code: "Slash", shiftKey: true });
  press({ key: "?", code: "Comma" });
  expect(acted).toEqual(["help", "help"]);
});

test("a held key repeats moves but never a verdict", () => {
  press({ key: "j", code: "KeyJ", repeat: true });
  press({ key: "1", code: "Digit1", repeat: true });
  expect(acted).toEqual(["queue.next"]);
});

test("letters can be turned off; Enter, Esc and arrows stay", () => {
  letters = false;
  press({ key: "j", code: "KeyJ" });
  press({ key: "?", code: "Slash", shiftKey: true });
  press({ key: "Enter", code: "Enter" });
  press({ key: "ArrowDown", code: "ArrowDown" });
  expect(acted).toEqual(["queue.open", "queue.next"]);
});

test("an open dialog keeps its keys", () => {
  blocked = true;
  press({ key: "e", code: "KeyE" });
  expect(acted).toEqual([]);
});

test("Enter on a button presses the button", () => {
  const button = document.body.appendChild(document.createElement("button"));
  press({ key: "Enter", code: "Enter" }, button);
  expect(acted).toEqual([]);
});

test("the page on screen decides between two meanings of a key", () => {
  present = (id) => ["everywhere", "triage", "alert"].includes(SHORTCUTS[id].scope);
  press({ key: "Escape", code: "Escape" });
  press({ key: "n", code: "KeyN" });
  expect(acted).toEqual(["alert.back", "alert.nextInGroup"]);
});

test("no two shortcuts of one page share a binding", () => {
  for (const scopes of [
    ["everywhere", "triage", "queue"],
    ["everywhere", "triage", "alert"],
    ["everywhere", "timeline"],
    ["everywhere", "coordination"],
    ["everywhere", "duty"],
  ]) {
    const bindings = Object.values(SHORTCUTS)
      .filter((entry) => scopes.includes(entry.scope))
      .flatMap((entry) => [...entry.bindings]);
    expect(new Set(bindings).size).toBe(bindings.length);
  }
});

test("letters and digits are bound by code, and what is printed on the key agrees", () => {
  for (const entry of Object.values(SHORTCUTS)) {
    for (const binding of entry.bindings) {
      expect(binding).not.toMatch(/(^|\+| )[A-Za-z0-9]$/);
      const codes = [...binding.matchAll(/(?:Key|Digit)([A-Z0-9])/g)].map((match) => match[1]);
      if (codes.length > 0) expect(entry.keys.flat()).toEqual(expect.arrayContaining(codes));
    }
  }
});

test("the last key of a sequence is only that: G Q goes to the queue, and a key with a meaning of its own does not act", () => {
  press({ key: "g", code: "KeyG" });
  press({ key: "b", code: "KeyB" });
  expect(acted).toEqual(["goHeldBack"]);
});

test("Ctrl+K finds a command from within a field too; the letter alone writes", () => {
  const note = document.body.appendChild(document.createElement("textarea"));
  press({ key: "k", code: "KeyK" }, note);
  expect(acted).toEqual([]);
  const event = new KeyboardEvent("keydown", {
    key: "k",
    code: "KeyK",
    ctrlKey: true,
    bubbles: true,
    cancelable: true,
  });
  Object.defineProperty(event, "getModifierState", { value: (name: string) => name === "Control" });
  note.addEventListener("keydown", (e) => listener(e), { once: true });
  note.dispatchEvent(event);
  expect(acted).toEqual(["palette"]);
});
