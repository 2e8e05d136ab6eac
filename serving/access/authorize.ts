/** Whether a subject may do something, by the access policy in force, or by the one that ships where none was set. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { may } from '../../commands/access/cedar.ts'
import type { AccessState } from '../../projections/access/access.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Permission } from '../../schemas/permission.ts'
import type { Subject } from '../../schemas/role.ts'

export const DEFAULT_ACCESS: string = readFileSync(
  fileURLToPath(new URL('../default-access.cedar', import.meta.url)),
  'utf8',
)

export const cedarIn = ({ accessPolicy }: Pick<AccessState, 'accessPolicy'>): string =>
  accessPolicy?.cedar ?? DEFAULT_ACCESS

export type Authorizer = Readonly<{
  permits: (cedar: string, subject: Subject, permission: Permission) => boolean
  /** @throws Refusal `access.denied` */
  authorize: (cedar: string, subject: Subject, permission: Permission) => void
}>

const MOST_REMEMBERED = 10_000

/** Remembers answers under the policy of the latest question: they are a function of it. */
export function authorizer(): Authorizer {
  let policy = ''
  const answers = new Map<string, boolean>()
  const permits: Authorizer['permits'] = (cedar, subject, permission) => {
    if (cedar !== policy || answers.size > MOST_REMEMBERED) answers.clear()
    policy = cedar
    const key = JSON.stringify([subject.name, subject.roles, permission])
    const isAllowed = answers.get(key) ?? may(cedar, subject, permission)
    answers.set(key, isAllowed)
    return isAllowed
  }
  return {
    permits,
    authorize(cedar, subject, permission) {
      if (permits(cedar, subject, permission)) return
      const roles = subject.roles.join(', ') || 'none'
      throw refuse('access.denied', { subject: subject.name, roles, permission })
    },
  }
}
