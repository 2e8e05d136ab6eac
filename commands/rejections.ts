/** Short forms for a decision's outcome. */
import type { Draft } from '../schemas/envelope.ts'
import { type FaultCode, type FaultDetail, fault } from '../schemas/kernel/fault.ts'
import { err, ok } from '../schemas/kernel/result.ts'
import type { Decision } from './decider.ts'

export const accept = (...events: readonly Draft[]): Decision => ok(events)

export const alreadySo: Decision = ok([])

export const reject = (code: FaultCode, detail: FaultDetail = {}): Decision => err(fault(code, detail))
