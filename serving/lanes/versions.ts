/** What a log says of the versions of processors, as whoever has its key reads and tells it. */
import type { EventLog } from '../../streams/log/port.ts'
import { raisesIn, raiseVersion, type Versions } from '../../streams/versions.ts'

/** Null for a log without a key: nothing in it can be signed. */
export function versionsOf(log: EventLog): Versions | null {
  const { seal } = log
  if (seal === null) return null
  return {
    raises: () => raisesIn(log, seal.signer.verifierKey),
    raise: (raise) => raiseVersion(log, seal.signer, raise),
  }
}
