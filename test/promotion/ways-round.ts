/** Hand-written events for the ways round the gate: appended as somebody with the log in hand could. */
import type { Draft } from '../../schemas/envelope.ts'
import { Signed } from '../../schemas/events/approval.ts'
import { GateReported, Promoted, ValidationRequested } from '../../schemas/events/model.ts'
import type { PromotionStatement } from '../../schemas/statement.ts'
import { signedBy } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { MODEL, reportOn } from '../support/small-platform.ts'

const NOW = { eventTime: 0, knownAt: 0 }

let written = 0

/** Appends events past every decider, and lets the pipeline follow. */
export async function inject(platform: MemoryPlatform, stream: string, events: readonly Draft[]) {
  const commandId = `by-hand-${written++}`
  const expected = await platform.log.revisionOf(stream)
  const batch = { stream, expected, commandId, actor: 'eve', correlationId: commandId, causationId: null }
  const appended = await platform.log.append({ ...batch, events })
  if (!appended.ok) throw new Error(appended.error.fault.message)
  await platform.drain()
}

/** The statement that a member should sign about a run's report, with what is to be different in it. */
export function statementOn(
  platform: MemoryPlatform,
  run: string,
  otherwise: Partial<PromotionStatement> = {},
): PromotionStatement {
  const { artifact, report, policyVersion } = reportOn(platform, run)
  return { model: MODEL, artifact, report, policyVersion, member: 'bob', decision: 'approve', ...otherwise }
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

export async function injectPromoted(
  platform: MemoryPlatform,
  run: string,
  otherwise: Partial<ReturnType<typeof Promoted.draft>['data']> = {},
): Promise<void> {
  const { artifact, report, policyVersion } = reportOn(platform, run)
  const approvals = ['bob', 'cat']
  const data = { model: MODEL, run, artifact, report, policyVersion, approvals, readAt: 1, ...otherwise }
  await inject(platform, `model-${MODEL}`, [Promoted.draft(data, NOW)])
}

/** A report that says "passed" of an artifact, as nobody measured it. */
export async function injectReport(platform: MemoryPlatform, run: string, artifact: string): Promise<string> {
  const { position: _, chunks: __, ...genuine } = reportOn(platform, run)
  const report = 'e'.repeat(64)
  const data = { ...genuine, artifact, report, verdict: 'passed' as const, tests: [] }
  await inject(platform, `model-${MODEL}`, [GateReported.draft(data, NOW)])
  return report
}

export async function injectRequest(platform: MemoryPlatform, run: string, artifact: string): Promise<void> {
  const asked = { model: MODEL, run, artifact, policyVersion: 1, readAt: 1, seed: 1, depth: 'full' as const }
  await inject(platform, `model-${MODEL}`, [ValidationRequested.draft(asked, NOW)])
}
