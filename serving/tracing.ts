/**
 * OpenTelemetry traces: one for each act, from the command to the last event that followed. Ids are made of those in the log, so that a
 * trace is found by them.
 */
import type { HrTime } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import type { Recorded } from '../schemas/envelope.ts'
import { sha256 } from '../schemas/kernel/canonical.ts'
import { MICROS_PER_SECOND, type Micros } from '../schemas/kernel/time.ts'
import { wallClock } from './clock.ts'
import type { Acted, Meter } from './meter.ts'

export type Tracing = Readonly<{
  meter: Pick<Meter, 'took' | 'acted'>
  /** Sends what is left. What cannot be sent is lost. */
  close: () => Promise<void>
}>

/** Of so many events it is remembered when they were recorded, so that what follows from them begins there. */
const MOST_CAUSES = 10_000

/**
 * Traces to where OpenTelemetry's own variables say (OTEL_EXPORTER_OTLP_ENDPOINT, or _TRACES_ENDPOINT; OTLP over HTTP); null where
 * they say nothing. The packages are loaded only then.
 */
export async function openTracing(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Tracing | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = environment
  if (!endpoint && !traces) return null
  const [{ TraceFlags, SpanKind, SpanStatusCode }, { BatchSpanProcessor }, { OTLPTraceExporter }, resources] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ])
  const processor = new BatchSpanProcessor(new OTLPTraceExporter())
  const { OTEL_SERVICE_NAME: name = 'asof' } = environment
  const resource = resources.resourceFromAttributes({ 'service.name': name })
  const end = ({ trace, id, parent, name: what, from, to, attributes }: Span): void => {
    const context = (spanId: string) => ({ traceId: traceOf(trace), spanId, traceFlags: TraceFlags.SAMPLED })
    const span: ReadableSpan = {
      name: what,
      kind: SpanKind.INTERNAL,
      spanContext: () => context(spanOf(id)),
      ...(parent !== null && { parentSpanContext: context(spanOf(parent)) }),
      ...{ startTime: timeOf(from), endTime: timeOf(to), duration: timeOf(to - from), ended: true },
      status: { code: SpanStatusCode.UNSET },
      ...{ attributes, links: [], events: [], resource, instrumentationScope: { name: 'asof' } },
      ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
    }
    processor.onEnd(span)
  }
  return {
    meter: spansTo(end, wallClock.nowMicros()),
    close: () => processor.shutdown().catch(() => undefined),
  }
}

/** `id` and `parent` are those of events, or of the command that began the trace. */
export type Span = Readonly<{
  trace: string
  id: string
  parent: string | null
  name: string
  from: Micros
  to: Micros
  attributes: Readonly<Record<string, string | number>>
}>

/**
 * Makes a span of each act and of each event that is taken in.
 * @param since what was recorded before is read again, and was traced when it happened
 */
export function spansTo(end: (span: Span) => void, since: Micros): Tracing['meter'] {
  const recorded = new Map<string, Micros>()
  return {
    acted({ commandId, from, to, position }: Acted) {
      const attributes = { 'asof.command_id': commandId, 'asof.position': position }
      end({ trace: commandId, id: commandId, parent: null, name: 'command', from, to, attributes })
    },
    took({ id, type, stream, actor, position, commandId, correlationId, causationId, recordedAt }: Recorded) {
      if (recordedAt < since) return
      recorded.set(id, recordedAt)
      const [oldest] = recorded.keys()
      if (recorded.size > MOST_CAUSES && oldest !== undefined) recorded.delete(oldest)
      const from = recorded.get(causationId ?? id) ?? recordedAt
      end({
        ...{
          trace: correlationId,
          id,
          parent: causationId ?? correlationId,
          name: type,
          from,
          to: recordedAt,
        },
        attributes: {
          ...{ 'asof.position': position, 'asof.command_id': commandId },
          ...{ 'asof.stream': stream, 'enduser.id': actor },
        },
      })
    },
  }
}

const traceOf = (id: string): string => sha256(`trace ${id}`).slice(0, 32)
const spanOf = (id: string): string => sha256(`span ${id}`).slice(0, 16)

const timeOf = (micros: Micros): HrTime => [
  Math.floor(micros / MICROS_PER_SECOND),
  Math.round(micros % MICROS_PER_SECOND) * 1_000,
]
