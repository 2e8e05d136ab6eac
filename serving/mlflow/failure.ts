/** Failures as MLflow's clients read them: a name, a sentence, and a status that is tried again only where that can help. */
import { FAULTS, type Fault, type FaultCode } from '../../schemas/kernel/fault.ts'

/** By gRPC's names, which the table of faults has. */
const NAMES: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'INVALID_PARAMETER_VALUE',
  FAILED_PRECONDITION: 'RESOURCE_CONFLICT',
  ALREADY_EXISTS: 'RESOURCE_ALREADY_EXISTS',
  NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  PERMISSION_DENIED: 'PERMISSION_DENIED',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  ABORTED: 'RESOURCE_CONFLICT',
  RESOURCE_EXHAUSTED: 'REQUEST_LIMIT_EXCEEDED',
  UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE',
  UNIMPLEMENTED: 'NOT_IMPLEMENTED',
}

/** Those that MLflow gives a name of their own. */
const OWN: Partial<Readonly<Record<FaultCode, string>>> = {
  'route.unknown': 'ENDPOINT_NOT_FOUND',
  'tracking.experiment-removed': 'INVALID_PARAMETER_VALUE',
  'tracking.run-removed': 'INVALID_PARAMETER_VALUE',
}

export function mlflowFailure({ code, message, detail }: Fault) {
  const { http, grpc } = FAULTS[code]
  const error_code = OWN[code] ?? NAMES[grpc] ?? 'INTERNAL_ERROR'
  return { status: http, body: { error_code, message, error: { code, message, detail } } }
}
