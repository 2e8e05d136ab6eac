/** How a browser gets in: by a link that works once, for minutes, or by a token that it has; and then a session that is kept in memory alone. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Subject } from '../../schemas/role.ts'
import { hashOf, newSecret } from './secrets.ts'

const MICROS_PER_MINUTE = MICROS_PER_DAY / 1_440
export const LINK_MINUTES = 10
export const SESSION_HOURS = 12
/** The oldest gives way: of one holder first, so that nobody pushes another out. */
const MOST_OF_ONE = 20
const MOST_SESSIONS = 1_000

/** Whoever came by a link is known. Whoever came with a token is asked for it again each time: what a token gives ends with it. */
export type Holder = Readonly<{ subject: Subject }> | Readonly<{ authorization: string }>

type Entry = Readonly<{ holder: Holder; expires: Micros }>

export type Browsers = Readonly<{
  /** The code of a new link for somebody. */
  link: (subject: Subject, now: Micros) => string
  /** Spends the code of a link. @returns the id of a new session @throws Refusal `access.link-spent` */
  enter: (code: string, now: Micros) => string
  /** The id of a new session for whoever has shown who he is. */
  open: (holder: Holder, now: Micros) => string
  /** Ends a session, if there is one. */
  end: (session: string) => void
  /** Whose session it is; null for none, and for one that is over. */
  holderOf: (session: string, now: Micros) => Holder | null
}>

/** Both are known by the hash of a secret, so that looking one up tells nothing of it by its time. */
export function browsers(): Browsers {
  const links = new Map<string, Entry>()
  const sessions = new Map<string, Entry>()

  const add = (to: Map<string, Entry>, entry: Entry): string => {
    const secret = newSecret()
    const own = [...to].filter(([, { holder }]) => isSame(holder, entry.holder)).map(([hash]) => hash)
    if (own.length >= MOST_OF_ONE && own[0] !== undefined) to.delete(own[0])
    to.set(hashOf(secret), entry)
    const [oldest] = to.keys()
    if (to.size > MOST_SESSIONS && oldest !== undefined) to.delete(oldest)
    return secret
  }
  const live = (entry: Entry | undefined, now: Micros): Holder | null =>
    entry !== undefined && now < entry.expires ? entry.holder : null
  const open: Browsers['open'] = (holder, now) =>
    add(sessions, { holder, expires: now + SESSION_HOURS * 60 * MICROS_PER_MINUTE })

  return {
    link: (subject, now) =>
      add(links, { holder: { subject }, expires: now + LINK_MINUTES * MICROS_PER_MINUTE }),
    enter(code, now) {
      const hash = hashOf(code)
      const holder = live(links.get(hash), now)
      links.delete(hash)
      if (holder === null) throw refuse('access.link-spent')
      return open(holder, now)
    },
    open,
    end: (session) => void sessions.delete(hashOf(session)),
    holderOf: (session, now) => live(sessions.get(hashOf(session)), now),
  }
}

const isSame = (a: Holder, b: Holder): boolean =>
  'authorization' in a
    ? 'authorization' in b && a.authorization === b.authorization
    : 'subject' in b && a.subject.name === b.subject.name
