import { useEffect, useRef, useState } from "react";
import { useStore } from "../store";
import { useSession, useWords } from "./context";

const SMALL = 30; // in a larger room who comes and goes is no news

/** Says who comes and goes to those who do not see it. */
export function Announcer() {
  const words = useWords();
  const session = useSession();
  const { people } = useStore(session.stage);
  const before = useRef<Map<string, string> | null>(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const now = new Map(people.filter((person) => !person.isMe).map((person) => [person.seatId, person.name]));
    const known = before.current;
    before.current = now;
    if (!known || now.size > SMALL) return;
    const came = [...now].filter(([seatId]) => !known.has(seatId)).map(([, name]) => words.entered(name));
    const left = [...known].filter(([seatId]) => !now.has(seatId)).map(([, name]) => words.wentAway(name));
    if (came.length + left.length) setSaid([...came, ...left].join(". "));
  }, [people, words]);
  return <p className="sr-only" role="status" aria-live="polite">{said}</p>;
}
