import type { LucideIcon } from "lucide-react";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useWords } from "./context";

export interface NoticeProps {
  kind?: "info" | "warning" | "error" | "lit" | "success";
  icon: LucideIcon;
  title: string;
  text?: string;
  /** Something was just refused: said at once. Everything else waits its turn. */
  isAlert?: boolean;
  onClose?: () => void;
  children?: ReactNode;
}

const GROUNDS = { info: "notice-info", warning: "notice-warning", error: "notice-error", lit: "notice-lit", success: "notice-success" };

/** One bold sentence that says it all, then what to do. */
export function Notice({ kind = "info", icon: Icon, title, text, isAlert, onClose, children }: NoticeProps) {
  const words = useWords();
  return (
    <div className={`notice ${GROUNDS[kind]} text-base-content rise`} role={isAlert ? "alert" : "status"}>
      <Icon className="i" aria-hidden="true" />
      <div className="flex-1 flex flex-wrap gap-x-4 gap-y-2 items-center justify-between">
        <p className="min-w-[min(100%,14rem)] flex-1">
          <strong>{title}</strong> {text}
        </p>
        {children && <span className="flex flex-wrap gap-2">{children}</span>}
      </div>
      {onClose && (
        <button type="button" className="self-start p-1.5 -m-1 cursor-pointer" aria-label={words.close} onClick={onClose}>
          <X className="i" aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
