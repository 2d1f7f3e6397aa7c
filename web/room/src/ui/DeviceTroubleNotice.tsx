import { CameraOff, MicOff, RotateCw } from "lucide-react";
import type { DeviceKind, DeviceTrouble } from "../capture";
import { useWords } from "./context";
import { Notice } from "./Notice";

/** What is wrong with a device, and the way out of it. */
export function DeviceTroubleNotice({ kind, trouble, onRetry }: { kind: DeviceKind; trouble: DeviceTrouble; onRetry: () => void }) {
  const words = useWords();
  const [what, wayOut] = words.deviceTrouble(kind, trouble);
  return (
    <Notice kind="warning" icon={kind === "camera" ? CameraOff : MicOff} title={what} text={wayOut}>
      {trouble !== "unsupported" && (
        <button type="button" className="btn btn-line btn-sm" onClick={onRetry}>
          <RotateCw className="i" aria-hidden="true" /> {trouble === "interrupted" ? words.turnOnAgain : words.tryAgain}
        </button>
      )}
    </Notice>
  );
}
