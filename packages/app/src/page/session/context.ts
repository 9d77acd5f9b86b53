import { type Context, createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Session } from "./session.js";

export const SessionContext: Context<Session | undefined> = createContext<Session | undefined>(undefined);

/** The session of the page that a component is in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession: there is no SessionContext above");
  return session;
}
