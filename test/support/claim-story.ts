/** A claim's story on the small platform: drafted by one, checked, approved by another, and sent out. */

import { rounded } from '../../commands/claim/figure.ts'
import type { Approval } from '../../schemas/claim.ts'
import type { ClaimSpec } from '../../schemas/events/claim.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import {
  approveClaim,
  checkClaim,
  claimStatement,
  disseminateClaim,
  draftClaim,
} from '../../serving/claims/acts.ts'
import { figureNow } from '../../serving/claims/record.ts'
import type { Platform } from '../../serving/platform.ts'
import { signedWith } from '../../serving/statements.ts'
import { keyOfName } from './keys.ts'
import { act, MODEL } from './small-platform.ts'

export const CLAIM = 'live-sharpe'

/** `done`, or the code of what was refused. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Refusal) return error.fault.code
      throw error
    },
  )

const FEES = { name: '1 and 20', basis: 'model', managementBps: 100, performance: 0.2 } as const

export const claimOf = (changed: Partial<ClaimSpec> = {}): ClaimSpec => ({
  ...{ claim: CLAIM, text: 'A live Sharpe ratio, before and after fees.', model: MODEL },
  ...{ measure: 'live-sharpe', unit: 'ratio', decimals: 2, from: 0, to: 1_000_000, regime: 'live' },
  ...{ gross: 0, net: 0, fees: FEES, privateFund: true, prescribedPeriods: false, whyPeriod: '' },
  ...{ criteria: '', limitations: 'Few days.', audiencePolicy: '', totalPortfolio: '' },
  ...changed,
})

/** The claim with the numbers that follow from the log. */
export async function trueClaim(platform: Platform, changed: Partial<ClaimSpec> = {}): Promise<ClaimSpec> {
  const spec = claimOf(changed)
  const { gross, net } = await figureNow(platform, spec)
  const stated = (exact: number | null) => (exact === null ? null : rounded(exact, spec.decimals))
  return { ...spec, gross: stated(gross), net: stated(net) }
}

export async function approve(platform: Platform, member = 'cat', claim = CLAIM): Promise<Approval> {
  const statement = await claimStatement(platform, { claim, member, reason: 'Read.' })
  const signed = signedWith(statement, keyOfName(member))
  await approveClaim(platform, signed, act(`approve-${claim}-${member}-${signed.check}`, member))
  return signed
}

export const LETTER = {
  claim: CLAIM,
  channel: 'a letter',
  audience: { class: 'professional', list: 'clients of 2009', oneOnOne: false, solicited: false },
  fileName: 'letter.txt',
  mediaType: 'text/plain',
  copy: Buffer.from('Our live Sharpe ratio.'),
} as const

/** Drafted, checked, approved and sent. */
export async function sentClaim(platform: Platform, changed: Partial<ClaimSpec> = {}): Promise<ClaimSpec> {
  const spec = await trueClaim(platform, changed)
  await draftClaim(platform, spec, act(`draft-${spec.claim}`, 'bob'))
  await checkClaim(platform, spec.claim, act(`check-${spec.claim}`, 'bob'))
  await approve(platform, 'cat', spec.claim)
  await disseminateClaim(platform, { ...LETTER, claim: spec.claim }, act(`send-${spec.claim}`, 'bob'))
  return spec
}
