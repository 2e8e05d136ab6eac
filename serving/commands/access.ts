/** Commands on who gets in: tokens are issued and revoked, and an access policy is put in force. */
import type { z } from 'zod'
import { AccessPolicySet, TokenIssued, TokenRevoked } from '../../schemas/events/access.ts'
import { issueToken, revokeToken, setAccessPolicy } from '../access/acts.ts'
import { defineCommand } from './definition.ts'

type Issued = z.infer<typeof TokenIssued.data>
type Known = Omit<Issued, 'hash'>

export const accessIssueToken = defineCommand<Issued, Known>({
  name: 'access.issue-token',
  about: 'Issue a token by the hash of its secret, which whoever will use it made and keeps.',
  input: TokenIssued.data,
  permission: 'operate',
  async act(platform, token, { actor, roles, ...act }) {
    const handled = await issueToken(platform, token, { issuer: { name: actor, roles }, ...act })
    const { hash: _, ...answer } = token
    return { ...handled, answer }
  },
})

type Revoked = z.infer<typeof TokenRevoked.data>

export const accessRevokeToken = defineCommand<Revoked, Revoked>({
  name: 'access.revoke-token',
  about: 'End a token: from the next request on it gives nothing.',
  input: TokenRevoked.data,
  permission: 'operate',
  async act(platform, what, act) {
    return { ...(await revokeToken(platform, what, act)), answer: what }
  },
})

const signed = AccessPolicySet.data.omit({ log: true })
type Signed = z.infer<typeof signed>

export const accessSetPolicy = defineCommand<Signed, Readonly<{ version: number }>>({
  name: 'access.set-policy',
  about: 'Put an access policy in force that the committee signed: which role may do what.',
  input: signed,
  permission: 'policy.set',
  async act(platform, set, act) {
    return { ...(await setAccessPolicy(platform, set, act)), answer: { version: set.policy.version } }
  },
})
