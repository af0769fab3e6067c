import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useErrorText, useNotices } from "../shell/Notices";
import { GivenUp, useProof } from "./SecondFactor";

interface Words {
  /** Said to assistive technology when it is done. */
  readonly done: string;
  /** What the page must read again; the first part of a key names all below it. */
  readonly refresh: readonly QueryKey[];
  /** Where a refusal is said; beside the form it is about, when there is one. Else it stands among the notices. */
  readonly refused?: (text: string) => void;
}

interface Acting {
  /** Whether the act was done; a refusal has been told to the person, and the page is read again to show what holds. */
  readonly act: (send: () => Promise<unknown>, words: Words) => Promise<boolean>;
  readonly isActing: boolean;
}

/** One change at the server: with the second factor when it asks for one, its refusal in words, and the truth afterwards. */
export function useAct(): Acting {
  const queries = useQueryClient();
  const withProof = useProof();
  const { announce, complain } = useNotices();
  const errorText = useErrorText();
  const [isActing, setActing] = useState(false);
  const act = useCallback<Acting["act"]>(
    async (send, { done, refresh, refused = complain }) => {
      setActing(true);
      try {
        await withProof(send);
        announce(done);
        return true;
      } catch (error) {
        if (!(error instanceof GivenUp)) refused(errorText(error));
        return false;
      } finally {
        setActing(false);
        for (const queryKey of refresh) void queries.invalidateQueries({ queryKey });
      }
    },
    [queries, withProof, announce, complain, errorText],
  );
  return { act, isActing };
}
