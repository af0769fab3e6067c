import { useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { useNotices } from "../shell/Notices";

/** Copies what is our own and harmless, as it is; values from the network go through the defanging button of the alert. */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useLingui();
  const { announce, complain } = useNotices();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      announce(t`Copied`);
    } catch {
      complain(t`The browser did not allow copying. Select the text and copy it by hand`);
    }
  };
  return (
    <Button variant="default" size="xs" onClick={() => void copy()}>
      {label}
    </Button>
  );
}
