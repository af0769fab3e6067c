import { useLingui } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useInsertionEffect, useLayoutEffect, useRef } from "react";

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
  useReturningFocus(isOpen && returnsFocus);
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
      returnFocus={false}
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

/** Whoever opened it has the focus again, also where the dialog is taken away whole instead of being closed. */
function useReturningFocus(isOpen: boolean): void {
  const cameFrom = useRef<Element | null>(null);
  // Before the effects of what is inside, which may take the focus.
  useInsertionEffect(() => {
    if (isOpen) cameFrom.current = document.activeElement;
  }, [isOpen]);
  useLayoutEffect(() => {
    if (!isOpen) return;
    return () => {
      const back = cameFrom.current;
      if (back instanceof HTMLElement && back.isConnected) back.focus({ preventScroll: true });
    };
  }, [isOpen]);
}
