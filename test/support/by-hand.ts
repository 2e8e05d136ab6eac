/** Hand-written events, appended as somebody with the log in hand could. */
import type { Draft, Position, Provenance } from '../../schemas/envelope.ts'
import { Signed } from '../../schemas/events/approval.ts'
import { GateReported, Promoted, ValidationRequested } from '../../schemas/events/model.ts'
import type { PromotionStatement } from '../../schemas/statement.ts'
import { signedBy } from './keys.ts'
import type { MemoryPlatform } from './memory-platform.ts'
import { MODEL, reportOn } from './small-platform.ts'

const NOW = { eventTime: 0, knownAt: 0 }

/** Later than any test's moments. */
const FAR = 8_000_000_000_000_000

let written = 0

/** Appends events past every decider, and lets the pipeline follow. */
export async function inject(platform: MemoryPlatform, stream: string, events: readonly Draft[]) {
  await write(platform, stream, events)
  await platform.drain()
}

/** The same, before the pipeline has seen it. @returns the position of the last event */
export async function write(
  { log }: MemoryPlatform,
  stream: string,
  events: readonly Draft[],
  provenance: Partial<Provenance> = {},
): Promise<Position> {
  const commandId = `by-hand-${written++}`
  const expected = await log.revisionOf(stream)
  const batch = { stream, expected, commandId, actor: 'eve', correlationId: commandId, causationId: null }
  const appended = await log.append({ ...batch, ...provenance, events })
  if (!appended.ok) throw new Error(appended.error.fault.message)
  return appended.value.position
}

/** The statement that a member should sign about a run's report, with what is to be different in it. */
export function statementOn(
  platform: MemoryPlatform,
  run: string,
  otherwise: Partial<PromotionStatement> = {},
): PromotionStatement {
  const { artifact, report, policyVersion } = reportOn(platform, run)
  const log = platform.folds.registry.state().log ?? ''
  const said = { log, model: MODEL, artifact, report, policyVersion, reason: 'read', expires: FAR }
  return { ...said, member: 'bob', decision: 'approve', ...otherwise }
}

/** Records statements that are signed with each member's own key, or with another. */
export async function injectSigned(
  platform: MemoryPlatform,
  statements: readonly PromotionStatement[],
  privateKey?: string,
): Promise<void> {
  for (const statement of statements) {
    await inject(platform, 'by-hand', [Signed.draft(signedBy(statement, privateKey), NOW)])
  }
}

type PromotedData = ReturnType<typeof Promoted.draft>['data']

/** A promotion that rests on the report on a run, with what is to be different in it. */
export function promotionOf(
  platform: MemoryPlatform,
  run: string,
  otherwise: Partial<PromotedData> = {},
): Draft {
  const { artifact, report, policyVersion } = reportOn(platform, run)
  const approvals = ['bob', 'cat']
  const data = { model: MODEL, run, artifact, report, policyVersion, approvals, readAt: 1 }
  return Promoted.draft({ ...data, service: 'durable', ...otherwise }, NOW)
}

export async function injectPromoted(
  platform: MemoryPlatform,
  run: string,
  otherwise: Partial<PromotedData> = {},
): Promise<void> {
  await inject(platform, `model-${MODEL}`, [promotionOf(platform, run, otherwise)])
}

/** The digest that a forged report has. */
export const FORGED = 'e'.repeat(64)

/** A report that says "passed" of an artifact, as nobody measured it. */
export function forgedReport(platform: MemoryPlatform, run: string, artifact: string): Draft {
  const { position: _, chunks: __, ...genuine } = reportOn(platform, run)
  const data = { ...genuine, artifact, report: FORGED, verdict: 'passed' as const, tests: [] }
  return GateReported.draft(data, NOW)
}

export async function injectReport(platform: MemoryPlatform, run: string, artifact: string): Promise<string> {
  await inject(platform, `model-${MODEL}`, [forgedReport(platform, run, artifact)])
  return FORGED
}

export function requestFor(run: string, artifact: string, policyVersion = 1): Draft {
  const asked = { model: MODEL, run, artifact, policyVersion, readAt: 1, depth: 'full' as const }
  return ValidationRequested.draft(asked, NOW)
}
