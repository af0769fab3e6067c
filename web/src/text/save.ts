/** Gives the person a file; the name keeps only what every file system takes. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replace(/[^\p{L}\p{N}._-]+/gu, "-");
  link.click();
  // The browser has taken the address over by then; a file kept for ever is memory kept for ever.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
