/** Failures as Feast's clients read them: a JSON text that holds JSON, by which they raise one of their own exceptions. */
import { FAULTS, type Fault, type FaultCode } from '../../schemas/kernel/fault.ts'

/** Those that Feast has an exception for; what is none of them is a `FeastError`. */
const CLASSES: Partial<Readonly<Record<FaultCode, string>>> = {
  'feast.unknown-view': 'FeatureViewNotFoundException',
  'feast.unknown-service': 'FeatureServiceNotFoundException',
  'feast.unknown-source': 'PushSourceNotFoundException',
  'feast.strange-entity': 'EntityNotFoundException',
  'feast.name-twice': 'FeatureNameCollisionError',
}

export function feastFailure({ code, message, detail }: Fault) {
  const told = { module: 'feast.errors', class: CLASSES[code] ?? 'FeastError', message, code, detail }
  return { status: FAULTS[code].http, body: JSON.stringify(JSON.stringify(told)) }
}
