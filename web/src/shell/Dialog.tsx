import { useLingui } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import type { KeyboardEvent, ReactNode } from "react";

interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly size: string;
  /** False where the caller puts the focus back itself. */
  readonly returnsFocus?: boolean;
  readonly children: ReactNode;
}

/** A modal dialog whose Esc closes it and nothing else: the page behind must not hear the same key. */
export function Dialog({ isOpen, onClose, title, size, returnsFocus = true, children }: DialogProps) {
  const { t } = useLingui();
  const leave = (event: KeyboardEvent): void => {
    const isListOpen = event.target instanceof Element && event.target.getAttribute("aria-expanded") === "true";
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    event.nativeEvent.stopPropagation();
    if (!isListOpen) onClose();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={title}
      size={size}
      closeOnEscape={false}
      returnFocus={returnsFocus}
      onKeyDown={leave}
      // The page itself never scrolls, and the lock would write a style without the nonce.
      lockScroll={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {children}
    </Modal>
  );
}
