import { useLingui } from "@lingui/react/macro";
import type { GroupBy, Sort } from "../api/names";

export function useSortWord(): (sort: Sort) => string {
  const { t } = useLingui();
  return (sort) => {
    switch (sort) {
      case "severity":
        return t`Most severe first`;
      case "newest":
        return t`Newest first`;
      case "oldest":
        return t`Oldest first`;
      case "due":
        return t`Due first`;
    }
  };
}

export function useGroupingWord(): (by: GroupBy) => string {
  const { t } = useLingui();
  return (by) => {
    switch (by) {
      case "rule":
        return t`By rule`;
      case "asset":
        return t`By asset`;
      case "unit":
        return t`By unit`;
      case "source":
        return t`By source`;
      case "destination":
        return t`By destination`;
      case "technique":
        return t`By ATT&CK technique`;
      case "incident":
        return t`By incident`;
      case "assignee":
        return t`By assignee`;
    }
  };
}
