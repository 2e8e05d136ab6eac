/** The Avro schemas by which a claim's verifiers read data, every version that was ever released. */
import { avroSchema } from '../../schemas/avro.ts'
import type { EventDefinition } from '../../schemas/event.ts'
import { SealKeyRotated } from '../../schemas/events/access.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import {
  ClaimApproved,
  ClaimChecked,
  ClaimDisseminated,
  ClaimDrafted,
  ClaimHeld,
  ClaimRederived,
  ClaimReleased,
  ClaimWithdrawn,
} from '../../schemas/events/claim.ts'
import { RunFinished, RunStarted } from '../../schemas/events/experiment.ts'
import { OutcomeObserved, OutcomesRestated } from '../../schemas/events/prediction.ts'
import { AmendmentOpened, RunOpened } from '../../schemas/events/tracking.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'

const READ = [
  ...[ClaimDrafted, ClaimChecked, ClaimApproved, ClaimDisseminated, ClaimWithdrawn],
  ...[ClaimRederived, ClaimHeld, ClaimReleased],
  ...[OutcomeObserved, OutcomesRestated, RunStarted, RunFinished, PolicySet, SealKeyRotated],
  ...[RunOpened, AmendmentOpened],
] as unknown as readonly EventDefinition[]

/** By `type@version`. The verifiers hold the digest of this text. */
export function schemasText(): string {
  const entries = READ.flatMap(({ type, version, data, old }) => {
    const [noun = '', name = ''] = type.split('.')
    const versions: [number, EventDefinition['data']][] = [
      ...Object.entries(old).map(([number, one]): [number, EventDefinition['data']] => [+number, one.data]),
      [version, data],
    ]
    return versions.map(([number, schema]) => [
      `${type}@${number}`,
      avroSchema(schema, `asof.${noun}.${name}`),
    ])
  })
  return `${canonicalJson(Object.fromEntries(entries))}\n`
}
