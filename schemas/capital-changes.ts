/** Every event that may change what a model may use: an OMS, lineage and execution follow the same ones. */
import { Allocated, Reduced, Released, Reviewed } from './events/capital.ts'
import { Halted, HaltSpread, UnhaltSigned } from './events/halt.ts'
import { Raised, SteppedDown } from './events/ladder.ts'

export const CAPITAL_CHANGES: readonly string[] = [
  Allocated,
  Reduced,
  Reviewed,
  Released,
  Halted,
  UnhaltSigned,
  HaltSpread,
  SteppedDown,
  Raised,
].map(({ type }) => type)
