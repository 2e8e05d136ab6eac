/** Event types as people ask for them: one that there is none of would answer with nothing, as if nothing had happened. */
import { refuse } from '../schemas/kernel/fault.ts'
import { REGISTRY } from '../schemas/registry.ts'

/** @throws Refusal `event.unknown-type` */
export function eventTypes(asked: readonly string[]): readonly string[] {
  const unknown = asked.find((type) => !REGISTRY.has(type))
  if (unknown !== undefined)
    throw refuse('event.unknown-type', { type: unknown, types: [...REGISTRY.keys()].join(', ') })
  return asked
}
