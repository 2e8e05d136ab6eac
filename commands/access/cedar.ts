/**
 * Who may do what, by an access policy in Cedar: a pure function of the policy, the subject and the permission. What no rule
 * permits is denied, and so is everything under a policy that cannot be evaluated. The only place that names Cedar.
 */
import { type DetailedError, isAuthorized, validate } from '@cedar-policy/cedar-wasm/nodejs'
import { cedarExcess } from '../../schemas/access-policy.ts'
import { PERMISSIONS, type Permission } from '../../schemas/permission.ts'
import { ROLES, type Subject } from '../../schemas/role.ts'

const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ')

/** Characters of what is wrong with a policy: there may be an error for each word of it. */
const MOST_TOLD = 2_000

/** What a policy may speak of: a rule about a role or a permission that is none is a mistake, and is told. */
const SCHEMA = `namespace Asof {
  entity Role enum [${quoted(ROLES)}];
  entity Subject in [Role];
  entity Platform enum ["this"];
  action ${quoted(PERMISSIONS)} appliesTo { principal: [Subject], resource: [Platform] };
}`

/** Whether the policy lets the subject do it. @param cedar the text of a policy */
export function may(cedar: string, { name, roles }: Subject, permission: Permission): boolean {
  const uid = { type: 'Asof::Subject', id: name }
  const answer = isAuthorized({
    principal: uid,
    action: { type: 'Asof::Action', id: permission },
    resource: { type: 'Asof::Platform', id: 'this' },
    context: {},
    policies: { staticPolicies: cedar },
    entities: [{ uid, attrs: {}, parents: roles.map((id) => ({ type: 'Asof::Role', id })) }],
  })
  // A rule that fails is passed over by Cedar, also where it forbids.
  return (
    answer.type === 'success' &&
    answer.response.diagnostics.errors.length === 0 &&
    answer.response.decision === 'allow'
  )
}

export const permissionsOf = (cedar: string, subject: Subject): readonly Permission[] =>
  PERMISSIONS.filter((permission) => may(cedar, subject, permission))

const told = (message: string, help: string | null): string =>
  help === null ? message : `${message} (${help})`

/** What is wrong with the text of a policy, in words; null for one that speaks of nothing but roles and permissions that exist. */
export function cedarProblem(cedar: string): string | null {
  const excess = cedarExcess(cedar)
  if (excess !== null) return excess
  const answer = validate({ schema: SCHEMA, policies: { staticPolicies: cedar } })
  const errors: readonly DetailedError[] =
    answer.type === 'failure' ? answer.errors : answer.validationErrors.map(({ error }) => error)
  if (errors.length === 0) return null
  return (
    errors
      // Of two names that are as near, Cedar guesses now this one and now that: a decision says the same each time.
      .map(({ message, help }) => (help?.startsWith('did you mean') ? message : told(message, help)))
      .join('; ')
      .slice(0, MOST_TOLD)
  )
}
