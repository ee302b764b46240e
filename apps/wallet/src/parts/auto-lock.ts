/** Locks the wallet when nobody used it for some minutes, also where the phone slept meanwhile. */

import { useEffect } from "react";

import { useWallet } from "./wallet-context.js";

/** How long an open wallet waits for a touch or a key. */
export const LOCK_AFTER_MS = 5 * 60_000;

const LOOK_MS = 5_000;
const SIGNS = ["pointerdown", "keydown"] as const;

/** Lock after inactivity. */
export function useAutoLock(): void {
  const wallet = useWallet();
  useEffect(() => {
    let usedMs = Date.now();
    const use = (): void => {
      usedMs = Date.now();
    };
    const look = (): void => {
      if (Date.now() - usedMs > LOCK_AFTER_MS) {
        wallet.lock();
      }
    };
    const timer = setInterval(look, LOOK_MS);
    SIGNS.forEach((sign) => {
      addEventListener(sign, use);
    });
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      SIGNS.forEach((sign) => {
        removeEventListener(sign, use);
      });
      document.removeEventListener("visibilitychange", look);
    };
  }, [wallet]);
}
