import type { ReactNode } from "react";

/** An empty stage line: what is so, why, and one thing to do. */
export function EmptyStage({ title, text, isLit, children }: { title: string; text: string; isLit?: boolean; children?: ReactNode }) {
  return (
    <div>
      <p className="h-11 relative border-b-[1.5px] border-line mb-4 max-w-48" aria-hidden="true">
        <span className={`absolute left-0 -bottom-[1.5px] h-[7px] w-14 ${isLit ? "bg-primary" : "bg-base-content"}`} />
      </p>
      <h2 className="h3">{title}</h2>
      <p className="mt-1 text-[0.9375rem] max-w-[42ch]">{text}</p>
      {children && <div className="mt-3 flex flex-wrap gap-2">{children}</div>}
    </div>
  );
}
