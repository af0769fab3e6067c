import { useCallback, useMemo, useRef } from "react";

/** The same function for as long as the component lives, doing what the latest one does: what takes it need not render again. */
export function useStable<A extends readonly unknown[], R>(latest: (...given: A) => R): (...given: A) => R {
  const current = useRef(latest);
  current.current = latest;
  return useCallback((...given: A) => current.current(...given), []);
}

/** The same for a table of handlers whose keys never change. */
export function useStableHandlers<T extends Readonly<Record<string, () => void>>>(latest: T): T {
  const current = useRef(latest);
  current.current = latest;
  return useMemo(() => {
    const keys = Object.keys(current.current);
    // one function for each key of T
    return Object.fromEntries(keys.map((key) => [key, () => current.current[key]?.()])) as T;
  }, []);
}
