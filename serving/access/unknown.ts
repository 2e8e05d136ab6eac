/** The one way to say that nobody knows who asks. */
import { type Refusal, refuse } from '../../schemas/kernel/fault.ts'

export const unknown = (why: string): Refusal => refuse('access.unauthenticated', { why })
