/** What cannot be undone: a button that opens a sheet, in which it is explained and confirmed. */

import { useState } from "react";
import type { ReactNode } from "react";

import { Button } from "@payport/ui/button";
import { Sheet } from "@payport/ui/sheet";

/** The button and its sheet, which both say `name`. */
export function DangerSheet({ name, block = false, locked = false, children }: DangerSheetProps) {
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => {
    setIsOpen(false);
  };
  return (
    <>
      <Button
        tone="danger"
        block={block}
        onPress={() => {
          setIsOpen(true);
        }}
      >
        {name}
      </Button>
      <Sheet title={name} open={isOpen} locked={locked} onClose={close}>
        {children(close)}
      </Sheet>
    </>
  );
}

interface DangerSheetProps {
  readonly name: string;
  readonly block?: boolean;
  /** Whether the sheet stays, because what was confirmed is under way. */
  readonly locked?: boolean;
  /** What the sheet holds, given what closes it. */
  readonly children: (close: () => void) => ReactNode;
}
