/** A claim as a person writes it: a YAML file with dates for sessions, and nothing that the platform works out. */
import { z } from 'zod'
import { sessionOfDate } from '../../schemas/calendar.ts'
import { type ClaimSpec, claimSpec } from '../../schemas/events/claim.ts'

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'write a date, such as 2010-01-04')
const said = z.string().default('')

export const claimFile = claimSpec.extend({
  from: date,
  to: date,
  gross: claimSpec.shape.gross.default(null),
  net: claimSpec.shape.net.default(null),
  fees: claimSpec.shape.fees.default(null),
  privateFund: z.boolean().default(false),
  prescribedPeriods: z.boolean().default(false),
  ...{ whyPeriod: said, criteria: said, limitations: said, audiencePolicy: said, totalPortfolio: said },
})

export const specOf = ({ from, to, ...rest }: z.infer<typeof claimFile>): ClaimSpec => ({
  ...rest,
  from: sessionOfDate(from),
  to: sessionOfDate(to),
})
