/** Where the reader was in the queue: so that an alert's J and K go on from there, and Esc comes back to it. */
export const memory: { cursor: string | undefined; order: readonly string[] } = { cursor: undefined, order: [] };
