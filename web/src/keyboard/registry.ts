/**
 * Every shortcut of the page: key, command, scope and text. The listener, the `?` list, the hint bar and the tests are made
 * from this table and from nothing else. It imports nothing, so that the end-to-end tests can read it as it is.
 */

/** Where a shortcut acts: `queue`, `alert` or `timeline` on its page, `triage` on the rows meant on either, `everywhere` always. */
export type Scope = "queue" | "alert" | "triage" | "timeline" | "everywhere" | "coordination" | "duty";

interface Text {
  readonly id: string;
  readonly message: string;
}

interface Entry {
  readonly scope: Scope;
  /** tinykeys bindings: letters and digits by `event.code`, symbols by `key`. */
  readonly bindings: readonly string[];
  /** The same as printed on the keys; a list in a list is a sequence. */
  readonly keys: readonly (readonly string[])[];
  /** Whether holding the key down repeats the command. */
  readonly repeats?: boolean;
  readonly text: Text;
}

export const SHORTCUTS = {
  "queue.next": {
    scope: "queue",
    bindings: ["KeyJ", "ArrowDown"],
    keys: [["J"], ["↓"]],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.queue.next", message: "Next row" },
  },
  "queue.previous": {
    scope: "queue",
    bindings: ["KeyK", "ArrowUp"],
    keys: [["K"], ["↑"]],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.queue.previous", message: "Previous row" },
  },
  "queue.nextSameRule": {
    scope: "queue",
    bindings: ["KeyN"],
    keys: [["N"]],
    repeats: true,
    text: /*i18n*/ {
      id: "shortcut.queue.nextSameRule",
      message: "Next row of the same group; of the same rule where nothing is grouped",
    },
  },
  "queue.previousSameRule": {
    scope: "queue",
    bindings: ["KeyP"],
    keys: [["P"]],
    repeats: true,
    text: /*i18n*/ {
      id: "shortcut.queue.previousSameRule",
      message: "Previous row of the same group; of the same rule where nothing is grouped",
    },
  },
  "queue.open": {
    scope: "queue",
    bindings: ["Enter", "KeyO"],
    keys: [["Enter"], ["O"]],
    text: /*i18n*/ { id: "shortcut.queue.open", message: "Open the alert" },
  },
  "queue.select": {
    scope: "queue",
    bindings: ["KeyX"],
    keys: [["X"]],
    text: /*i18n*/ { id: "shortcut.queue.select", message: "Select the row, or not" },
  },
  "queue.extendNext": {
    scope: "queue",
    bindings: ["Shift+KeyJ", "Shift+ArrowDown"],
    keys: [
      ["Shift", "J"],
      ["Shift", "↓"],
    ],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.queue.extendNext", message: "Select down to the next row" },
  },
  "queue.extendPrevious": {
    scope: "queue",
    bindings: ["Shift+KeyK", "Shift+ArrowUp"],
    keys: [
      ["Shift", "K"],
      ["Shift", "↑"],
    ],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.queue.extendPrevious", message: "Select up to the previous row" },
  },
  "queue.nextUnattended": {
    scope: "queue",
    bindings: ["Shift+KeyN"],
    keys: [["Shift", "N"]],
    text: /*i18n*/ { id: "shortcut.queue.nextUnattended", message: "Next unattended row" },
  },
  "queue.selectAll": {
    scope: "queue",
    bindings: ["* KeyA", "Shift+* KeyA"],
    keys: [["*", "A"]],
    text: /*i18n*/ { id: "shortcut.queue.selectAll", message: "Select everything in this view" },
  },
  "queue.selectNone": {
    scope: "queue",
    bindings: ["* KeyN", "Shift+* KeyN"],
    keys: [["*", "N"]],
    text: /*i18n*/ { id: "shortcut.queue.selectNone", message: "Select nothing" },
  },
  "queue.selectRule": {
    scope: "queue",
    bindings: ["* KeyR", "Shift+* KeyR"],
    keys: [["*", "R"]],
    text: /*i18n*/ { id: "shortcut.queue.selectRule", message: "Select everything of this rule in this view" },
  },
  "queue.clear": {
    scope: "queue",
    bindings: ["Escape"],
    keys: [["Esc"]],
    text: /*i18n*/ { id: "shortcut.queue.clear", message: "Clear the selection" },
  },
  "queue.filter": {
    scope: "queue",
    bindings: ["/"],
    keys: [["/"]],
    text: /*i18n*/ { id: "shortcut.queue.filter", message: "Filter the list" },
  },
  "queue.showNew": {
    scope: "queue",
    bindings: ["KeyR"],
    keys: [["R"]],
    text: /*i18n*/ { id: "shortcut.queue.showNew", message: "Show waiting new rows" },
  },
  "alert.back": {
    scope: "alert",
    bindings: ["Escape"],
    keys: [["Esc"]],
    text: /*i18n*/ { id: "shortcut.alert.back", message: "Back to the queue" },
  },
  "alert.next": {
    scope: "alert",
    bindings: ["KeyJ"],
    keys: [["J"]],
    text: /*i18n*/ { id: "shortcut.alert.next", message: "Next row of the queue" },
  },
  "alert.previous": {
    scope: "alert",
    bindings: ["KeyK"],
    keys: [["K"]],
    text: /*i18n*/ { id: "shortcut.alert.previous", message: "Previous row of the queue" },
  },
  "alert.nextInGroup": {
    scope: "alert",
    bindings: ["KeyN"],
    keys: [["N"]],
    text: /*i18n*/ { id: "shortcut.alert.nextInGroup", message: "Next alert in this group" },
  },
  "alert.previousInGroup": {
    scope: "alert",
    bindings: ["KeyP"],
    keys: [["P"]],
    text: /*i18n*/ { id: "shortcut.alert.previousInGroup", message: "Previous alert in this group" },
  },
  "coordination.search": {
    scope: "coordination",
    bindings: ["/"],
    keys: [["/"]],
    text: /*i18n*/ { id: "shortcut.coordination.search", message: "Search in the coordination rules" },
  },
  menu: {
    scope: "triage",
    bindings: ["."],
    keys: [["."]],
    text: /*i18n*/ { id: "shortcut.menu", message: "Everything that can be done here" },
  },
  "timeline.next": {
    scope: "timeline",
    bindings: ["KeyJ"],
    keys: [["J"]],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.timeline.next", message: "Next entry" },
  },
  "timeline.previous": {
    scope: "timeline",
    bindings: ["KeyK"],
    keys: [["K"]],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.timeline.previous", message: "Previous entry" },
  },
  "timeline.earlier": {
    scope: "timeline",
    bindings: ["ArrowLeft"],
    keys: [["←"]],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.timeline.earlier", message: "Look at what was earlier" },
  },
  "timeline.later": {
    scope: "timeline",
    bindings: ["ArrowRight"],
    keys: [["→"]],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.timeline.later", message: "Look at what was later" },
  },
  "timeline.closer": {
    scope: "timeline",
    bindings: ["+", "Shift++", "="],
    keys: [["+"]],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.timeline.closer", message: "Closer" },
  },
  "timeline.further": {
    scope: "timeline",
    bindings: ["-"],
    keys: [["-"]],
    repeats: true,
    text: /*i18n*/ { id: "shortcut.timeline.further", message: "Further away" },
  },
  "timeline.whole": {
    scope: "timeline",
    bindings: ["Digit0"],
    keys: [["0"]],
    text: /*i18n*/ { id: "shortcut.timeline.whole", message: "The whole incident" },
  },
  "timeline.lanes": {
    scope: "timeline",
    bindings: ["KeyL"],
    keys: [["L"]],
    text: /*i18n*/ { id: "shortcut.timeline.lanes", message: "Other lanes: by kind, host, source" },
  },
  "timeline.pin": {
    scope: "timeline",
    bindings: ["KeyP"],
    keys: [["P"]],
    text: /*i18n*/ { id: "shortcut.timeline.pin", message: "Pin the entry, or not" },
  },
  "timeline.note": {
    scope: "timeline",
    bindings: ["KeyC"],
    keys: [["C"]],
    text: /*i18n*/ { id: "shortcut.timeline.note", message: "Write a note about the entry" },
  },
  "timeline.back": {
    scope: "timeline",
    bindings: ["Escape"],
    keys: [["Esc"]],
    text: /*i18n*/ { id: "shortcut.timeline.back", message: "Back to the incident" },
  },
  acknowledge: {
    scope: "triage",
    bindings: ["KeyE"],
    keys: [["E"]],
    text: /*i18n*/ { id: "shortcut.acknowledge", message: "Acknowledge: take it" },
  },
  "verdict.truePositive": {
    scope: "triage",
    bindings: ["Digit1"],
    keys: [["1"]],
    text: /*i18n*/ { id: "shortcut.verdict.truePositive", message: "Close as true positive" },
  },
  "verdict.expected": {
    scope: "triage",
    bindings: ["Digit2"],
    keys: [["2"]],
    text: /*i18n*/ { id: "shortcut.verdict.expected", message: "Close as expected (true but allowed)" },
  },
  "verdict.falsePositive": {
    scope: "triage",
    bindings: ["Digit3"],
    keys: [["3"]],
    text: /*i18n*/ { id: "shortcut.verdict.falsePositive", message: "Close as false alarm" },
  },
  "verdict.duplicate": {
    scope: "triage",
    bindings: ["Digit4"],
    keys: [["4"]],
    text: /*i18n*/ { id: "shortcut.verdict.duplicate", message: "Close as duplicate" },
  },
  handOver: {
    scope: "triage",
    bindings: ["KeyA"],
    keys: [["A"]],
    text: /*i18n*/ { id: "shortcut.handOver", message: "Hand over to …" },
  },
  toMe: {
    scope: "triage",
    bindings: ["Shift+KeyA"],
    keys: [["Shift", "A"]],
    text: /*i18n*/ { id: "shortcut.toMe", message: "Assign to me" },
  },
  suppress: {
    scope: "triage",
    bindings: ["KeyM"],
    keys: [["M"]],
    text: /*i18n*/ { id: "shortcut.suppress", message: "Suppress for a time, with a reason" },
  },
  note: {
    scope: "triage",
    bindings: ["KeyC"],
    keys: [["C"]],
    text: /*i18n*/ { id: "shortcut.note", message: "Write a note" },
  },
  incident: {
    scope: "triage",
    bindings: ["KeyI"],
    keys: [["I"]],
    text: /*i18n*/ { id: "shortcut.incident", message: "Put into an incident" },
  },
  escalate: {
    scope: "triage",
    bindings: ["KeyS"],
    keys: [["S"]],
    text: /*i18n*/ { id: "shortcut.escalate", message: "Escalate by the coordination rules" },
  },
  palette: {
    scope: "everywhere",
    bindings: ["$mod+KeyK"],
    keys: [["Ctrl", "K"]],
    text: /*i18n*/ { id: "shortcut.palette", message: "Find a command" },
  },
  undo: {
    scope: "everywhere",
    bindings: ["KeyZ"],
    keys: [["Z"]],
    text: /*i18n*/ { id: "shortcut.undo", message: "Undo the last change (60 seconds)" },
  },
  pause: {
    scope: "everywhere",
    bindings: ["Shift+KeyP"],
    keys: [["Shift", "P"]],
    text: /*i18n*/ { id: "shortcut.pause", message: "Pause or resume live updates" },
  },
  goQueue: {
    scope: "everywhere",
    bindings: ["KeyG KeyQ"],
    keys: [["G", "Q"]],
    text: /*i18n*/ { id: "shortcut.goQueue", message: "Go to the queue" },
  },
  goIncidents: {
    scope: "everywhere",
    bindings: ["KeyG KeyI"],
    keys: [["G", "I"]],
    text: /*i18n*/ { id: "shortcut.goIncidents", message: "Go to the incidents" },
  },
  goCoordination: {
    scope: "everywhere",
    bindings: ["KeyG KeyC"],
    keys: [["G", "C"]],
    text: /*i18n*/ { id: "shortcut.goCoordination", message: "Go to the coordination rules" },
  },
  goTasks: {
    scope: "everywhere",
    bindings: ["KeyG KeyT"],
    keys: [["G", "T"]],
    text: /*i18n*/ { id: "shortcut.goTasks", message: "Go to my tasks" },
  },
  goReports: {
    scope: "everywhere",
    bindings: ["KeyG KeyO"],
    keys: [["G", "O"]],
    text: /*i18n*/ { id: "shortcut.goReports", message: "Go to reports" },
  },
  "duty.previousWeek": {
    scope: "duty",
    bindings: ["KeyP"],
    keys: [["P"]],
    text: /*i18n*/ { id: "shortcut.duty.previousWeek", message: "Week before" },
  },
  "duty.nextWeek": {
    scope: "duty",
    bindings: ["KeyN"],
    keys: [["N"]],
    text: /*i18n*/ { id: "shortcut.duty.nextWeek", message: "Next week" },
  },
  "duty.thisWeek": {
    scope: "duty",
    bindings: ["KeyT"],
    keys: [["T"]],
    text: /*i18n*/ { id: "shortcut.duty.thisWeek", message: "This week" },
  },
  goDuty: {
    scope: "everywhere",
    bindings: ["KeyG KeyD"],
    keys: [["G", "D"]],
    text: /*i18n*/ { id: "shortcut.goDuty", message: "Go to duty" },
  },
  goRules: {
    scope: "everywhere",
    bindings: ["KeyG KeyR"],
    keys: [["G", "R"]],
    text: /*i18n*/ { id: "shortcut.goRules", message: "Go to the detection rules" },
  },
  goHeldBack: {
    scope: "everywhere",
    bindings: ["KeyG KeyB"],
    keys: [["G", "B"]],
    text: /*i18n*/ { id: "shortcut.goHeldBack", message: "Go to what detection holds back" },
  },
  goAudit: {
    scope: "everywhere",
    bindings: ["KeyG KeyL"],
    keys: [["G", "L"]],
    text: /*i18n*/ { id: "shortcut.goAudit", message: "Go to the audit log" },
  },
  goAdministration: {
    scope: "everywhere",
    bindings: ["KeyG KeyA"],
    keys: [["G", "A"]],
    text: /*i18n*/ { id: "shortcut.goAdministration", message: "Go to administration" },
  },
  goHelp: {
    scope: "everywhere",
    bindings: ["KeyG ?", "KeyG Shift+?"],
    keys: [["G", "?"]],
    text: /*i18n*/ { id: "shortcut.goHelp", message: "Go to the help page" },
  },
  help: {
    scope: "everywhere",
    bindings: ["?", "Shift+?"],
    keys: [["?"]],
    text: /*i18n*/ { id: "shortcut.help", message: "This list" },
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type ShortcutId = keyof typeof SHORTCUTS;

/** The ids of a scope: a page that forgets one of its handlers does not compile. */
export type ShortcutIdIn<S extends Scope> = {
  [Id in ShortcutId]: (typeof SHORTCUTS)[Id]["scope"] extends S ? Id : never;
}[ShortcutId];

export type Handlers<S extends Scope> = Readonly<Record<ShortcutIdIn<S>, () => void>>;

/** The scopes there are, in the order of the table. */
export const SCOPES: readonly Scope[] = [...new Set(Object.values(SHORTCUTS).map((entry) => entry.scope))];

export function shortcutsIn(scope: Scope): readonly (Entry & { readonly id: ShortcutId })[] {
  return (Object.entries(SHORTCUTS) as [ShortcutId, Entry][]) // the keys of a constant are its ids
    .filter(([, entry]) => entry.scope === scope)
    .map(([id, entry]) => ({ id, ...entry }));
}

export function shortcut(id: ShortcutId): Entry {
  return SHORTCUTS[id];
}
