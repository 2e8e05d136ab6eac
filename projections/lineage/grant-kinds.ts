/** Grants and what went out under them, as lineage keeps them: a grant by its person and id, what went out by its person. */
import { EgressAlarmed, LiftApproved, Suspended } from '../../schemas/events/egress.ts'
import {
  AccessReleased,
  Delivered,
  EmergencyReviewed,
  GrantApproved,
  GrantRequested,
  GrantRevoked,
  Withheld,
} from '../../schemas/events/grant.ts'
import { kind } from './kind.ts'

const grant = ({ data }: { data: { subject: string; grant: string } }): string =>
  `${data.subject}/${data.grant}`
const subject = ({ data }: { data: { subject: string } }): string => data.subject

export const GRANT_KINDS = [
  kind(GrantRequested, { noun: 'request for a grant', name: grant }),
  kind(GrantApproved, { noun: 'grant', name: grant }),
  kind(GrantRevoked, { noun: 'revoked grant', name: grant }),
  kind(EmergencyReviewed, { noun: 'review of an emergency', name: grant }),
  kind(AccessReleased, {
    noun: 'download',
    name: subject,
    facts: ({ data }) => ({ grant: data.grant, item: data.item }),
  }),
  kind(Delivered, { noun: 'end of a download', name: subject }),
  kind(Withheld, { noun: 'withheld download', name: subject }),
  kind(EgressAlarmed, { noun: 'egress alarm', name: subject }),
  kind(Suspended, { noun: 'suspension', name: subject }),
  kind(LiftApproved, { noun: 'approval that a suspension ends', name: subject }),
]
