/** What lets somebody take a thing, by what the policy permits him. */
import { type Jewel, kindOf } from '../../schemas/jewel.ts'
import type { Permission } from '../../schemas/permission.ts'

/** Nothing more than the policy, a grant that names it, or nothing at all. */
export type Basis = 'policy' | 'grant' | 'nothing'

export const basisOf =
  (permits: (permission: Permission) => boolean) =>
  (item: Jewel): Basis => {
    if (permits('take') || (kindOf(item) === 'report' && permits('report.take'))) return 'policy'
    return permits('grant.ask') ? 'grant' : 'nothing'
  }
