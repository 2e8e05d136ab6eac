/** Short forms for a decision's outcome. */
import type { Draft } from '../schemas/envelope.ts'
import { type Fault, type FaultCode, type FaultDetail, fault, Refusal } from '../schemas/kernel/fault.ts'
import { err, ok, type Result } from '../schemas/kernel/result.ts'
import type { Decision } from './decider.ts'

export const accept = (...events: readonly Draft[]): Decision => ok(events)

export const alreadySo: Decision = ok([])

export const reject = (code: FaultCode, detail: FaultDetail = {}): Decision => err(fault(code, detail))

/** What a pure function answers, or the fault that it refuses with. */
export function attempt<T>(work: () => T): Result<T, Fault> {
  try {
    return ok(work())
  } catch (error) {
    if (error instanceof Refusal) return err(error.fault)
    throw error
  }
}
