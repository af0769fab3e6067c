import { useRight } from "../session/useRights";
import { Feeds } from "./Feeds";
import { ImportRota } from "./ImportRota";
import { Layers } from "./Layers";

/** What lies under the calendar: the layers, a rota to take over, and addresses for calendars and the wall. */
export function RotaPart() {
  const mayEdit = useRight("duty.edit");
  return (
    <>
      <Feeds />
      <Layers />
      {mayEdit && <ImportRota />}
    </>
  );
}
