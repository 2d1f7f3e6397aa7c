/** Whether this device has a network, and when it is worth trying again at once. */

export interface Network {
  isOnline(): boolean;
  /** Calls `listener` when the network comes or goes, and when somebody looks at the page again. */
  watch(listener: () => void): () => void;
}

export function browserNetwork(page: Document, device: Window): Network {
  return {
    isOnline: () => device.navigator.onLine,
    watch: (listener) => {
      const whenSeen = () => page.visibilityState === "visible" && listener();
      device.addEventListener("online", listener);
      device.addEventListener("offline", listener);
      page.addEventListener("visibilitychange", whenSeen);
      return () => {
        device.removeEventListener("online", listener);
        device.removeEventListener("offline", listener);
        page.removeEventListener("visibilitychange", whenSeen);
      };
    },
  };
}
