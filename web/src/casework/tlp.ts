import type { components } from "../api/schema";

export type Tlp = NonNullable<components["schemas"]["WriteComment"]["tlp"]>;

/** Markings of TLP 2.0, from the widest circle to the narrowest. */
export const TLPS = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"] as const satisfies readonly Tlp[];
