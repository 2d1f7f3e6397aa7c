import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** Says what happens, to whom; its buttons are two verbs. Escape is the first of them: nothing happens. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // A layout effect: closed while it is still in the page, it gives the focus back to what opened it.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="room-dialog bg-base-100 text-base-content rounded-box p-5 md:p-7 w-[min(32rem,calc(100vw-2rem))] max-h-[calc(100dvh-2rem)] overflow-y-auto m-auto"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <h2 id={heading} className="h2">{title}</h2>
      {children}
    </dialog>
  );
}

export interface ConfirmProps {
  title: string;
  text: string;
  no: string;
  yes: string;
  isDangerous?: boolean;
  onNo: () => void;
  onYes: () => void;
}

export function Confirm({ title, text, no, yes, isDangerous, onNo, onYes }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onNo}>
      <p className="mt-3">{text}</p>
      <div className="mt-6 flex flex-wrap gap-3 justify-end">
        <button type="button" className="btn btn-line" autoFocus onClick={onNo}>{no}</button>
        <button
          type="button"
          className={isDangerous ? "btn btn-danger" : "btn btn-primary"}
          onClick={() => {
            onNo();
            onYes();
          }}
        >
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
