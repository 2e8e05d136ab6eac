/** One thing of lineage as it is shown: what it is, when it is about and was known, who did it, and its hash. */
import { nounOf } from '../../projections/lineage/kinds.ts'
import type { Place } from '../../projections/lineage/places.ts'
import { restsOn } from '../../projections/lineage/rests-on.ts'
import { sessionDate } from '../../schemas/calendar.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Ground } from './ground.ts'

export type Node = Readonly<{
  noun: string
  name: string
  /** Of its event; of a row or a cell, the event that brought it. */
  position: Position
  eventTime: Micros
  knownTime: Micros
  /** The actor of the event; null for an order, which the log does not hold. */
  who: string | null
  /** Of an event, its leaf in the seal; of a row or a cell, the SHA-256 of the chunk that it stands in; null for an order. */
  hash: string | null
  /** What it is the hash of: a chunk, a file, a report; null where it has none. */
  content: string | null
  /** What it names and is not there. */
  problems: readonly string[]
}>

export async function nodeAt(ground: Ground, place: Place): Promise<Node> {
  const position = ground.places.positionOf(place)
  const event = await ground.event(position)
  const { eventTime, knownAt, actor, type } = event
  return {
    noun: nounOf(type),
    name: nameIn(event),
    position,
    eventTime,
    knownTime: knownAt,
    who: actor,
    hash: await ground.leaf(position),
    content: contentOf(event),
    problems: await problemsOf(ground, place, event),
  }
}

/** What it names and is not there, and a cause that is not the event that it says. */
async function problemsOf(ground: Ground, place: Place, event: Recorded): Promise<readonly string[]> {
  const problems = restsOn(ground.places, place).broken.map(({ problem }) => problem)
  const cause = ground.places.series(place.key).cause[place.index]
  if (cause === 0 || ground.places.at(cause) === null) return problems
  const { id } = await ground.event(cause)
  if (id === event.causationId) return problems
  return [
    ...problems,
    `Its cause is event ${cause} by its command id, and another event by its causation id.`,
  ]
}

const dated = [
  'prediction.Made',
  'prediction.OutcomeObserved',
  'prediction.OutcomesRestated',
  'data.SessionClosed',
]

/** What tells it from others of its noun. */
export function nameIn({ type, data }: Recorded): string {
  const said = data as Readonly<Record<string, unknown>>
  const of = String(said.model ?? said.dataset ?? '')
  if (dated.includes(type)) return `${of} ${sessionDate(Number(said.session))}`
  switch (type) {
    case 'data.RowsArrived':
    case 'data.RowsQuarantined':
      return `${of} ${said.source}`
    case 'data.OffsetsTaken':
    case 'data.OffsetsMoved':
      return `${of} ${said.topic}`
    case 'feature.SetDefined':
    case 'feature.ValuesComputed':
      return `${said.set}@${said.version}`
    case 'model.GateReported':
      return `${of} ${said.run}: ${said.verdict}`
    case 'model.ValidationRequested':
    case 'model.Promoted':
      return `${of} ${said.run}`
    case 'approval.Signed':
      return `${of} by ${said.member}: ${said.decision}`
    case 'approval.PolicySet':
    case 'access.PolicySet':
      return `version ${(said.policy as { version: number }).version}`
    case 'capital.Reduced':
    case 'capital.SteppedDown':
      return `${of} from ${said.from} to ${said.to}`
    case 'model.Retired':
      return `${of} by ${said.member}`
    case 'experiment.FamilyRetired':
      return `${said.family}: ${said.reason}`
    case 'experiment.TrainerRetired':
      return `${said.trainer}: ${said.reason}`
    case 'capital.Reviewed':
    case 'capital.Raised':
      return `${of} to ${said.fraction} by ${said.member}`
    case 'capital.Halted':
    case 'capital.UnhaltSigned':
      return `${of} by ${said.member}`
    case 'processor.Quarantined':
    case 'processor.Retried':
    case 'processor.Waived':
      return `${said.processor} at ${said.cause}`
    default:
      return String(said.run ?? said.trainingSet ?? said.id ?? said.processor ?? (of || type))
  }
}

function contentOf({ type, data, chunks }: Recorded): string | null {
  const said = data as Readonly<Record<string, unknown>>
  if (type === 'prediction.Made') return String(said.featureHash)
  if (type === 'approval.Signed') return String(said.report)
  return chunks[0]?.hash ?? (typeof said.hash === 'string' ? said.hash : null)
}
