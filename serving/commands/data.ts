/** Commands on data: a data set is declared, files arrive in it, and its sessions are closed. */
import { z } from 'zod'
import type { Recorded } from '../../schemas/envelope.ts'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import {
  type DatasetSpec,
  datasetSpec,
  PLAIN_ROWS,
  RowsArrived,
  rowsSpec,
  SessionClosed,
} from '../../schemas/events/data.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { closeSession, declareDataset } from '../actions.ts'
import { type Ingested, ingestFile } from '../ingest.ts'
import type { Platform } from '../platform.ts'
import { hasUpload, uploadId, uploadIn } from '../uploads.ts'
import { type Acting, type Done, defineCommand } from './definition.ts'
import { assertSame, headOf, lastIn } from './recorded.ts'

/** A declaration as programs send it: one that says nothing of its rows is of doubles. */
const givenSpec = datasetSpec.extend({ rows: rowsSpec.default(PLAIN_ROWS) })

const declared = z.strictObject({ spec: givenSpec })

export const dataDeclare = defineCommand<z.infer<typeof declared>, { dataset: string }>({
  name: 'data.declare',
  about: 'Declare a data set: how its files are written, where its clocks come from, what it is traded at.',
  input: declared,
  permission: 'data.write',
  async act(platform, { spec }, act) {
    const handled = await declareDataset(platform, spec, act)
    return { ...handled, answer: { dataset: spec.dataset } }
  },
})

/** `earlier`: as what these bytes arrived before; null where they are new. */
export type Arrived = Omit<Ingested, 'changed'> & Readonly<{ earlier: null }>
export type ArrivedBefore = Readonly<{ earlier: string; source: string }>

type Arriving = Readonly<{ path: string; spec: DatasetSpec }>

/** Records a file as one arrival. The same bytes again are the arrival that they were. */
export async function ingest(
  platform: Platform,
  { path, spec }: Arriving,
  { actor, given }: Pick<Acting, 'actor' | 'given'>,
): Promise<Done<Arrived | ArrivedBefore>> {
  const commandId = given === undefined ? {} : { commandId: `data.ingest:${given}` }
  try {
    const { changed, ...ingested } = await ingestFile(platform, { path, spec, actor, ...commandId })
    const { sourceHash, source } = ingested.arrival
    if (changed)
      return { position: await headOf(platform.log), changed, answer: { ...ingested, earlier: null } }
    return await arrivedBefore(platform, { dataset: spec.dataset, sourceHash, source })
  } catch (error) {
    const isRepeated = error instanceof Refusal && error.fault.code === 'data.duplicate-source'
    if (!isRepeated) throw error
    const { source, sourceHash } = error.fault.detail
    const named = { source: String(source), sourceHash: String(sourceHash) }
    return await arrivedBefore(platform, { dataset: spec.dataset, ...named })
  }
}

async function arrivedBefore(
  { log }: Platform,
  { dataset, source, sourceHash }: Readonly<{ dataset: string; source: string; sourceHash: string }>,
): Promise<Done<ArrivedBefore>> {
  const before = await lastIn(
    log,
    `data-${dataset}`,
    (event): event is EventOf<typeof RowsArrived> =>
      isEvent(RowsArrived, event) && event.data.sourceHash === sourceHash,
  )
  if (before === null) throw refuse('command.id-reused', { id: source, command: 'data.ingest' })
  return { position: before.position, changed: false, answer: { earlier: before.data.source, source } }
}

const uploaded = z.strictObject({ spec: givenSpec, upload: uploadId })

export const dataIngest = defineCommand<z.infer<typeof uploaded>, Arrived | ArrivedBefore>({
  name: 'data.ingest',
  about: 'Record a file that was uploaded as one arrival of a data set; a new one is declared with it.',
  input: uploaded,
  permission: 'data.write',
  async act(platform, { spec, upload }, act) {
    const done = await doneBefore(platform, { spec, upload }, act)
    if (done !== null) return done
    const { path, name, drop } = uploadIn(platform.folder, upload)
    try {
      return await ingest(platform, { path, spec }, act)
    } catch (error) {
      throw renamed(error, path, name)
    } finally {
      drop()
    }
  },
})

/** What a caller's id stands for in the log, where the file that it came with was read and is gone: the answer may not have reached him. */
async function doneBefore(
  { folder, log }: Platform,
  { spec, upload }: z.infer<typeof uploaded>,
  { commandId, given }: Acting,
): Promise<Done<ArrivedBefore> | null> {
  if (given === undefined || hasUpload(folder, upload)) return null
  const before = await lastIn(
    log,
    `data-${spec.dataset}`,
    (event): event is EventOf<typeof RowsArrived> =>
      isEvent(RowsArrived, event) && event.commandId === commandId,
  )
  if (before === null) return null
  const { source } = before.data
  return { position: before.position, changed: false, answer: { earlier: source, source } }
}

/** Where the platform keeps a file is nobody's business: whoever sent it knows it by its name. */
export function renamed(error: unknown, from: string, to: string): unknown {
  if (!(error instanceof Refusal)) return error
  const { code, detail } = error.fault
  const told = Object.entries(detail).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.replaceAll(from, to) : value,
  ])
  return refuse(code, Object.fromEntries(told))
}

const closed = z.strictObject({
  dataset: z.string(),
  /** The session's local date. */
  session: z.iso.date(),
})

const MILLIS_PER_DAY = 86_400_000

export const dataCloseSession = defineCommand<z.infer<typeof closed>, z.infer<typeof closed>>({
  name: 'data.close-session',
  about: 'Close a session whose decision moment has passed: what follows from it is decided and accounted.',
  input: closed,
  permission: 'data.write',
  async act(platform, { dataset, session }, act) {
    const what = { dataset, session: Date.parse(session) / MILLIS_PER_DAY }
    const handled = await closeSession(platform, what, act)
    if (!handled.changed && act.given !== undefined) {
      const { commandId } = act
      const spent = { stream: `data-${dataset}`, commandId, command: 'data.close-session' }
      const isSame = (event: Recorded) => isEvent(SessionClosed, event) && event.data.session === what.session
      await assertSame(platform.log, spent, isSame)
    }
    return { ...handled, answer: { dataset, session } }
  },
})
