/** What every component may need, without passing it through all of them. */
import { createContext, useContext } from "react";
import type { Session } from "../session";
import type { Language, Words } from "../words";

export const WordsContext = createContext<Words | null>(null);
export const SessionContext = createContext<Session | null>(null);

export function useWords(): Words {
  return present(useContext(WordsContext));
}

export function useLanguage(): Language {
  return useWords().language as Language;
}

export function useSession(): Session {
  return present(useContext(SessionContext));
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error("used outside of its provider");
  return value;
}
