import { useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { RotaAnswer } from "../api/names";
import { Card } from "../shell/Card";
import { Fetched } from "../shell/Fetched";
import { Table } from "../table/Table";
import { Inert } from "../text/Inert";
import { Time } from "../time/Time";
import { rotaQuery } from "./queries";

interface Layer {
  readonly id: string;
  readonly role: string;
  readonly priority: number;
  readonly seat?: string;
  readonly start: string;
  readonly shift_hours: number;
  readonly members: readonly string[];
  readonly presence?: string;
}

/** The layers in force, as the city wrote them. */
export function Layers() {
  const { t } = useLingui();
  const query = useQuery(rotaQuery);
  return (
    <Card
      id="duty-layers"
      title={t`Layers in force`}
      aside={
        query.data && (
          <span>
            {t`version`} <Inert value={query.data.version} limit={63} /> · {t`since`} <Time us={query.data.from_us} />
          </span>
        )
      }
    >
      <Fetched query={query}>
        {(rota) => (
          <Table labelledBy="duty-layers" columns={[t`Layer`, t`Role`, t`Turn`, t`Members, one after the other`]}>
            {layersOf(rota).map((layer) => (
              <tr key={layer.id}>
                <th scope="row">
                  <Inert value={layer.id} limit={63} />
                  <small>
                    {layer.priority > 1 ? t`stands by` : t`on duty`}
                    {layer.presence === "on_call" && ` · ${t`on call, not at the desk`}`}
                  </small>
                </th>
                <td>
                  <Inert value={layer.role} limit={63} />
                </td>
                <td>
                  {t`${layer.shift_hours} hours, from`} <Inert value={layer.start.replace("T", " ")} limit={20} />
                </td>
                <td>
                  <Inert value={layer.members.join(", ")} limit={300} isExpandable />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Fetched>
    </Card>
  );
}

function layersOf(rota: RotaAnswer): readonly Layer[] {
  const { layers } = rota.document;
  // The server checked the document against its own model before it took it over.
  return Array.isArray(layers) ? (layers as Layer[]) : [];
}
