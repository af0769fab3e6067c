/** Short names for the shapes of the OpenAPI document; nothing is declared here, only named. */
import type { components, operations } from "./schema";

type Schemas = components["schemas"];

export type GroupRow = Schemas["GroupRow"];
export type GroupDetail = Schemas["GroupDetail"];
export type QueueAnswer = Schemas["QueueAnswer"];
export type TabCount = Schemas["TabCount"];
export type Bucket = Schemas["Bucket"];
export type DatasetRow = Schemas["DatasetRow"];
export type DatasetKind = GroupRow["dataset_kind"];
export type State = GroupRow["state"];
export type Verdict = NonNullable<GroupRow["verdict"]>;
export type PersonBrief = Schemas["PersonBrief"];
export type PersonView = Schemas["PersonView"];
export type AlertBrief = Schemas["AlertBrief"];
export type AlertDetail = Schemas["AlertDetail"];
export type Alert = AlertDetail["alert"];
export type Entity = Schemas["Entity"];
export type Explanation = Schemas["Explanation"];
export type EventView = Schemas["EventView"];
export type AssignmentView = Schemas["AssignmentView"];
export type TransitionView = Schemas["TransitionView"];
export type AlertChangeView = Schemas["AlertChangeView"];
export type ComponentHeldBack = Schemas["ComponentHeldBack"];
export type TuningEntry = Schemas["TuningEntry"];
export type RefusedAlert = Schemas["RefusedAlert"];
export type NoteView = Schemas["NoteView"];
export type DeadlineView = Schemas["DeadlineView"];
export type LegalBasis = Schemas["LegalBasis"];
export type SimilarGroup = Schemas["SimilarGroup"];
export type SessionView = Schemas["SessionView"];
export type StreamEvent = operations["readStream"]["responses"][200]["content"]["text/event-stream"];
export type QueueQuery = NonNullable<operations["listAlerts"]["parameters"]["query"]>;
export type Tab = NonNullable<QueueQuery["tab"]>;
export type Life = NonNullable<QueueQuery["life"]>[number];
export type Sort = NonNullable<QueueQuery["sort"]>;
export type GroupBy = NonNullable<QueueQuery["group_by"]>;
