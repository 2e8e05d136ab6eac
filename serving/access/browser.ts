/** How a browser gets in: a link that works once, for minutes, and then a session that is kept in memory alone. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Subject } from '../../schemas/role.ts'
import { hashOf, newSecret } from './secrets.ts'

const MICROS_PER_MINUTE = MICROS_PER_DAY / 1_440
export const LINK_MINUTES = 10
export const SESSION_HOURS = 12
/** The oldest gives way. */
const MOST_SESSIONS = 100

type Entry = Readonly<{ subject: Subject; expires: Micros }>

export type Browsers = Readonly<{
  /** The code of a new link for somebody. */
  link: (subject: Subject, now: Micros) => string
  /** Spends the code of a link. @returns the id of a new session @throws Refusal `access.link-spent` */
  enter: (code: string, now: Micros) => string
  /** Whose session it is; null for none, and for one that is over. */
  subjectOf: (session: string, now: Micros) => Subject | null
}>

/** Both are known by the hash of a secret, so that looking one up tells nothing of it by its time. */
export function browsers(): Browsers {
  const links = new Map<string, Entry>()
  const sessions = new Map<string, Entry>()

  const add = (to: Map<string, Entry>, entry: Entry): string => {
    const secret = newSecret()
    to.set(hashOf(secret), entry)
    const [oldest] = to.keys()
    if (to.size > MOST_SESSIONS && oldest !== undefined) to.delete(oldest)
    return secret
  }
  const live = (entry: Entry | undefined, now: Micros): Subject | null =>
    entry !== undefined && now < entry.expires ? entry.subject : null

  return {
    link: (subject, now) => add(links, { subject, expires: now + LINK_MINUTES * MICROS_PER_MINUTE }),
    enter(code, now) {
      const hash = hashOf(code)
      const subject = live(links.get(hash), now)
      links.delete(hash)
      if (subject === null) throw refuse('access.link-spent')
      return add(sessions, { subject, expires: now + SESSION_HOURS * 60 * MICROS_PER_MINUTE })
    },
    subjectOf: (session, now) => live(sessions.get(hashOf(session)), now),
  }
}
