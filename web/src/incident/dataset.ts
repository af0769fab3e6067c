import type { DatasetKind } from "../api/names";

/** `live`, `exercise:lab`, `import:…`: what stands before the colon is the kind. */
export function kindOf(dataset: string): DatasetKind {
  const kind = dataset.split(":")[0];
  return kind === "exercise" || kind === "import" ? kind : "live";
}
