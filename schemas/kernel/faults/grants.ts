/** Expected failures of grants: what is guarded, and who may take it. */
import { type FaultRow, row } from './row.ts'

export const GRANTS = {
  'grant.none': row(
    403,
    'PERMISSION_DENIED',
    '{subject} has no grant for {item}, and got nothing; that it was asked for is recorded. Ask for one: asof access request {item} --why TEXT --ticket ID.',
  ),
  'grant.spent': row(
    403,
    'PERMISSION_DENIED',
    'The grants of {subject} for {item} are spent: no artifacts or no bytes are left, or another read under them is under way. Ask for another: asof access request {item} --why TEXT --ticket ID.',
  ),
  'grant.suspended': row(
    403,
    'PERMISSION_DENIED',
    '{subject} takes nothing that is guarded: an alarm about what was taken stands. Two others who may approve grants look at it, and lift it: asof access lift {subject}.',
  ),
  'grant.not-suspended': row(
    409,
    'FAILED_PRECONDITION',
    '{subject} is not suspended: there is nothing to lift.',
  ),
  'grant.unknown': row(
    404,
    'NOT_FOUND',
    'There is no grant {grant} of {subject}. asof access list shows them.',
  ),
  'grant.over': row(409, 'FAILED_PRECONDITION', 'Grant {grant} was revoked, for good. Ask for another.'),
  'grant.own-approval': row(
    403,
    'PERMISSION_DENIED',
    '{subject} cannot speak for a grant of {subject}. Somebody else does: asof access approve.',
  ),
  'grant.no-emergency': row(
    409,
    'FAILED_PRECONDITION',
    'Grant {grant} was approved as others are, so there is nothing to review. asof access list shows which were not.',
  ),
} as const satisfies Record<string, FaultRow>
