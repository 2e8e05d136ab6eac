/** Every expected failure: one table of codes, each with its HTTP and gRPC status and its sentence for people. */

type FaultRow = Readonly<{ http: number; grpc: string; sentence: string }>

const row = (http: number, grpc: string, sentence: string): FaultRow => ({ http, grpc, sentence })

/** `{name}` in a sentence is filled from the detail. A sentence names the thing, the place and the remedy. */
export const FAULTS = {
  'moment.malformed': row(
    400,
    'INVALID_ARGUMENT',
    '"{text}" is not a moment. Write 2008-09-15, 2008-09-15T20:00Z or 2008-09-15T16:00:00.5-04:00.',
  ),
} as const satisfies Record<string, FaultRow>

export type FaultCode = keyof typeof FAULTS
export type FaultDetail = Readonly<Record<string, string | number | boolean>>

/** A failure that was expected, as data. */
export type Fault = Readonly<{ code: FaultCode; detail: FaultDetail; message: string }>

/** @example fault('moment.malformed', { text: 'yesterday' }).message */
export function fault(code: FaultCode, detail: FaultDetail = {}): Fault {
  const message = FAULTS[code].sentence.replace(/\{(\w+)\}/g, (whole, key: string) =>
    key in detail ? String(detail[key]) : whole,
  )
  return { code, detail, message }
}

/** A fault on its way to the edge that reports it. */
export class Refusal extends Error {
  readonly fault: Fault
  constructor(of: Fault) {
    super(of.message)
    this.name = 'Refusal'
    this.fault = of
  }
}

export const refuse = (code: FaultCode, detail: FaultDetail = {}): Refusal => new Refusal(fault(code, detail))
