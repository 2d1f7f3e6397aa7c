import type { ReactNode } from "react";

export interface EmptyStageProps {
  title: string;
  text: string;
  isLit?: boolean;
  /** It is all there is on the page. */
  isPage?: boolean;
  children?: ReactNode;
}

/** An empty stage line: what is so, why, and one thing to do. */
export function EmptyStage({ title, text, isLit, isPage, children }: EmptyStageProps) {
  return (
    <div>
      <p className="h-11 relative border-b-[1.5px] border-line mb-4 max-w-48" aria-hidden="true">
        <span className={`absolute left-0 -bottom-[1.5px] h-[7px] w-14 ${isLit ? "bg-primary" : "bg-base-content"}`} />
      </p>
      {isPage ? <h1>{title}</h1> : <h2 className="h3">{title}</h2>}
      <p className={`max-w-[42ch] ${isPage ? "mt-3 text-lg" : "mt-1 text-[0.9375rem]"}`}>{text}</p>
      {children && <div className={`flex flex-wrap gap-2 ${isPage ? "mt-6" : "mt-3"}`}>{children}</div>}
    </div>
  );
}
