import { useLingui } from "@lingui/react/macro";
import { useAct } from "../act/useAct";
import { type File, fileOf } from "../api/file";
import { saveFile } from "../text/save";

/** Fetches a file and hands it to the person; a refusal is told in the server's words instead of being saved as a file. */
export function useDownload(): {
  readonly download: (ask: () => Parameters<typeof fileOf>[0]) => void;
  readonly isActing: boolean;
} {
  const { t } = useLingui();
  const { act, isActing } = useAct();
  const download = (ask: () => Parameters<typeof fileOf>[0]): void =>
    void act(
      async () => {
        const file: File = await fileOf(ask());
        saveFile(file.content, file.name);
        return file;
      },
      { done: t`The file is saved`, refresh: [] },
    );
  return { download, isActing };
}
