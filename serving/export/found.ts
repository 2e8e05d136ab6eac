/** A model in force as it is exported: its file, and the signed statements that put it in force, read from the log alone. */
import { experiments } from '../../projections/experiment/experiments.ts'
import { registry } from '../../projections/model/registry.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import type { Position } from '../../schemas/envelope.ts'
import { type DataOf, isEvent } from '../../schemas/event.ts'
import { PolicySet, type PolicySpec, Signed } from '../../schemas/events/approval.ts'
import { Promoted, RolledBack } from '../../schemas/events/model.ts'
import { type Digest, sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { ROLLBACK_TYPE, rollbackBody } from '../../schemas/rollback.ts'
import { isSigned, STATEMENT_TYPE, statementBody } from '../../schemas/statement.ts'
import type { LiveModel } from '../../streams/inference/ports.ts'
import type { Archive } from '../archive.ts'
import { liveModels } from '../live-models.ts'
import { identityIn } from '../sealing.ts'

/** A DSSE envelope (github.com/secure-systems-lab/dsse), with the key that it holds for beside it. */
export type Envelope = Readonly<{
  payloadType: string
  /** Base64. */
  payload: string
  signatures: readonly Readonly<{ keyid: string; sig: string }>[]
  /** SPKI DER in base64. */
  publicKey: string
}>

export type Found = Readonly<{
  live: LiveModel
  file: Uint8Array
  /** Of the log that it is in force in. */
  log: Digest
  /** SHA-256 of the gate's report that its promotion rests on. */
  report: string
  /** What members signed of this very file and report, by member; and the roll-back that brought it back, where one did. */
  statements: ReadonlyMap<string, Envelope>
}>

/** @throws Refusal `model.not-in-force`, `export.not-as-approved` */
export async function modelIn(
  { folder, log, chunks, confirmed }: Pick<Archive, 'folder' | 'log' | 'chunks' | 'confirmed'>,
  model: string,
): Promise<Found> {
  const moment = { confirmed: await confirmed() }
  const registered = (await foldTo(log, NO_STORE, registry, moment)).state
  const trained = (await foldTo(log, NO_STORE, experiments, moment)).state
  const models = liveModels(
    () => registered,
    () => trained,
  )
  const live = models.inForce(model)
  if (live === undefined) {
    const known = models.all().map((one) => one.model)
    throw refuse('model.not-in-force', { model, models: known.join(', ') || 'none' })
  }
  const file = await chunks.get(live.artifact)
  const digest = sha256(file)
  if (digest !== live.artifact)
    throw refuse('export.not-as-approved', { model, digest, artifact: live.artifact })
  const identity = registered.log ?? identityIn(folder) ?? ''
  const { promoted, policies, signed, rolledBack } = await actsIn(log, live)
  const approvals = registered.models[model]?.live?.approvals ?? []
  const statements = new Map<string, Envelope>()
  for (const said of signed) {
    const { member, expires, reason, signature, ...rest } = said
    const policy = policies.find((one) => isMembers(one, said, identity))
    const publicKey = policy === undefined ? undefined : keyOf(policy, member)
    if (policy === undefined || publicKey === undefined || expires === null) continue
    if (!approvals.includes(member) || said.decision !== 'approve' || said.report !== promoted.report)
      continue
    const stated = { ...rest, member, reason, expires, log: identity, policyVersion: policy.version }
    statements.set(member, envelope(STATEMENT_TYPE, statementBody(stated), { member, signature, publicKey }))
  }
  if (rolledBack !== null && registered.models[model]?.isBack) {
    const { signature, ...stated } = rolledBack
    const policy = policies.find(({ version }) => version === stated.policyVersion)
    const publicKey = (policy && keyOf(policy, stated.member)) ?? ''
    const body = rollbackBody({ ...stated, log: identity })
    statements.set(
      'roll-back',
      envelope(ROLLBACK_TYPE, body, { member: stated.member, signature, publicKey }),
    )
  }
  return { live, file, log: identity, report: promoted.report, statements }
}

const keyOf = ({ quorum }: PolicySpec, member: string): string | undefined =>
  quorum.members.find((one) => one.member === member)?.publicKey

function isMembers(policy: PolicySpec, said: DataOf<typeof Signed>, log: Digest): boolean {
  const publicKey = keyOf(policy, said.member)
  return publicKey !== undefined && isSigned(said, { log, policyVersion: policy.version, publicKey })
}

const envelope = (
  payloadType: string,
  body: string,
  { member, signature, publicKey }: Readonly<{ member: string; signature: string; publicKey: string }>,
): Envelope => ({
  payloadType,
  payload: Buffer.from(body).toString('base64'),
  signatures: [{ keyid: member, sig: signature }],
  publicKey,
})

type Acts = {
  promoted: DataOf<typeof Promoted>
  policies: readonly PolicySpec[]
  signed: readonly DataOf<typeof Signed>[]
  rolledBack: DataOf<typeof RolledBack> | null
}

/** What led to a promotion, up to it. */
async function actsIn(log: Archive['log'], { model, artifact, promotion }: LiveModel): Promise<Acts> {
  const policies: PolicySpec[] = []
  const signed: DataOf<typeof Signed>[] = []
  let promoted: DataOf<typeof Promoted> | null = null
  let rolledBack: DataOf<typeof RolledBack> | null = null
  const types = [PolicySet, Signed, Promoted, RolledBack].map(({ type }) => type)
  const isPrevious = (position: Position) => position === promotion - 1
  for await (const batch of log.readAll(1, { types, positionAtMost: promotion }))
    for (const event of batch) {
      if (isEvent(PolicySet, event)) policies.unshift(event.data.policy)
      if (isEvent(Signed, event) && event.data.model === model && event.data.artifact === artifact)
        signed.push(event.data)
      if (isEvent(Promoted, event) && event.position === promotion) promoted = event.data
      if (isEvent(RolledBack, event) && event.data.model === model && isPrevious(event.position))
        rolledBack = event.data
    }
  if (promoted === null) throw refuse('model.not-in-force', { model, models: 'none' })
  return { promoted, policies, signed, rolledBack }
}
