/** Access: which tokens there are and which of them still give something, and the access policy in force, with its history. */
import { ACCESS_POLICY_STREAM, accessPolicyObjection } from '../../schemas/access-policy.ts'
import type { Position } from '../../schemas/envelope.ts'
import {
  AccessPolicySet,
  type AccessPolicySpec,
  TokenIssued,
  TokenRevoked,
} from '../../schemas/events/access.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Governance, governanceAfter } from '../../schemas/policy.ts'
import type { Role } from '../../schemas/role.ts'
import { defineProjection, on } from '../projection.ts'

export type TokenView = {
  subject: string
  roles: readonly Role[]
  /** SHA-256 of the secret. */
  hash: string
  expires: Micros
  issued: { at: Micros; by: string; position: Position }
  revoked: { at: Micros; by: string; reason: string } | null
}

export type AccessState = Governance & {
  tokens: Record<string, TokenView>
  /** Null where none was set: the one that ships is in force. */
  accessPolicy: AccessPolicySpec | null
  /** Versions that were set, oldest first, by whom. */
  versions: { version: number; at: Micros; by: string; position: Position }[]
}

export const access = defineProjection<AccessState>({
  name: 'access',
  version: 1,
  parts: ['tokens.*', 'versions.*'],
  initial: () => ({ policy: null, log: null, tokens: {}, accessPolicy: null, versions: [] }),
  handlers: [
    on(PolicySet, (state, event) => {
      Object.assign(state, governanceAfter(state, event))
    }),
    on(TokenIssued, (state, { data, stream, eventTime: at, actor: by, position }) => {
      const { id, ...token } = data
      // A second one of the same name would take the place of one that was revoked.
      if (stream !== `access-token-${id}` || Object.hasOwn(state.tokens, id)) return
      state.tokens[id] = { ...token, issued: { at, by, position }, revoked: null }
    }),
    on(TokenRevoked, (state, { data, eventTime: at, actor: by }) => {
      const { id, reason } = data
      if (Object.hasOwn(state.tokens, id)) state.tokens[id].revoked ??= { at, by, reason }
    }),
    on(AccessPolicySet, (state, { data, stream, eventTime: at, actor: by, position }) => {
      const { accessPolicy: inForce, policy, log } = state
      const evidence = { inForce, governance: { policy, log } }
      if (stream !== ACCESS_POLICY_STREAM || accessPolicyObjection(data, evidence) !== null) return
      state.accessPolicy = data.policy
      state.versions.push({ version: data.policy.version, at, by, position })
    }),
  ],
})
