/** A witness: cosigns checkpoints that continue all that it saw of a log, and names those that do not. c2sp.org/tlog-witness. */
import { createPrivateKey } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { assert } from '../../schemas/kernel/assert.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { lockForWriting } from '../../streams/log/embedded/lock.ts'
import { type Cosigner, cosigner, isCosignable } from '../../streams/log/witness/cosignature.ts'
import { judge, logOf } from '../../streams/log/witness/judge.ts'
import { type AddCheckpoint, readRequest } from '../../streams/log/witness/request.ts'
import { keyOf } from '../keys.ts'
import { type InTurn, inTurn } from '../turn.ts'
import { warn } from '../warn.ts'
import { assertApart, type Evidence, type WatchedLog, WitnessStore } from '../witness/store.ts'
import { boundedServer } from './bounded.ts'

export type WitnessOptions = Readonly<{
  folder: string
  /** What its key is called, by custom a URL without a scheme. */
  name: string
  logs: readonly WatchedLog[]
  host: string
  /** 0 takes any free one. */
  port: number
  nowSeconds: () => number
}>

export type Witness = Readonly<{ url: string; verifierKey: string; close: () => Promise<void> }>

/** A proof has at most 63 lines, and a note some signatures. */
const REQUEST_BYTES = 64 << 10
const SIZE = 'text/x.tlog.size'
const TEXT = 'text/plain; charset=utf-8'
const NO_TIME = 'The clock of this witness tells no time that can be signed. Nothing was compared.\n'

/**
 * One at a time in a folder: two would compare with the same record, and cosign two histories.
 * @throws Refusal `witness.record` where what was kept of a log cannot be read, `witness.one-key`, `witness.second`, `key.malformed`, `key.name`
 */
export async function openWitness(options: WitnessOptions): Promise<Witness> {
  assertApart(options.logs)
  const lock = locked(options.folder)
  try {
    const { close, ...witness } = await listening(options)
    return { ...witness, close: () => close().finally(lock.release) }
  } catch (error) {
    lock.release()
    throw error
  }
}

function locked(folder: string): ReturnType<typeof lockForWriting> {
  try {
    return lockForWriting(folder)
  } catch (error) {
    if (error instanceof Refusal && error.fault.code === 'log.second-writer')
      throw refuse('witness.second', { folder })
    throw error
  }
}

async function listening(options: WitnessOptions): Promise<Witness> {
  const { folder, name, logs, host, port, nowSeconds } = options
  const store = new WitnessStore(folder)
  const signer = cosigner(name, createPrivateKey(keyOf(folder, 'witness')))
  for (const log of logs) store.last(log)
  const server = boundedServer({ logLevel: process.env.ASOF_LOG_LEVEL ?? 'warn' })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: REQUEST_BYTES }, (_, body, done) =>
    done(null, body),
  )
  const turns = new Map(logs.map(({ id }) => [id, inTurn()]))
  server.post('/add-checkpoint', ({ body }, reply) =>
    addCheckpoint(typeof body === 'string' ? body : '', reply, { logs, store, signer, turns, nowSeconds }),
  )
  // For whoever compares what he was shown with what the witness saw.
  server.get('/checkpoints', async (_, reply) => {
    const seconds = nowSeconds()
    if (!isCosignable(seconds)) return reply.code(503).type(TEXT).send(NO_TIME)
    const notes = logs.flatMap((log) => {
      const last = store.last(log)
      return last === null ? [] : [`${last.note}${signer.cosign(bodyOf(last.note), seconds)}`]
    })
    return reply.type(TEXT).send(notes.join('\n'))
  })
  const url = await server.listen({ host, port })
  return { url, verifierKey: signer.verifierKey, close: () => server.close() }
}

type Serving = Readonly<{
  logs: readonly WatchedLog[]
  store: WitnessStore
  signer: Cosigner
  turns: ReadonlyMap<string, InTurn>
  nowSeconds: () => number
}>

async function addCheckpoint(body: string, reply: FastifyReply, serving: Serving): Promise<FastifyReply> {
  const say = (code: number, text: string) => reply.code(code).type(TEXT).send(`${text}\n`)
  const request = requestIn(body)
  if (typeof request === 'string') return say(400, request)
  const found = logOf(request.note, serving.logs)
  if (found === 'malformed') return say(400, 'No checkpoint follows the proof.')
  if (found === 'unknown') return say(404, 'This witness watches no log of that origin.')
  if (found === 'unsigned') return say(403, 'No key of that log signed the checkpoint.')
  const { log, checkpoint } = found
  const { store, signer, turns, nowSeconds } = serving
  const named = `the log ${log.origin} (${log.id})`
  const compare = async (): Promise<FastifyReply> => {
    const seconds = nowSeconds()
    if (!isCosignable(seconds)) return reply.code(503).type(TEXT).send(NO_TIME)
    const judged = judge({ last: store.last(log) }, request, checkpoint)
    const text = bodyOf(checkpoint.note)
    const suspected = (kind: Evidence) => store.keepEvidence(log, { kind, seconds, text, body })
    if (judged.kind === 'malformed') return say(400, judged.problem)
    if (judged.kind === 'elsewhere') return reply.code(409).type(SIZE).send(`${judged.size}\n`)
    if (judged.kind === 'split') {
      if (await suspected('split'))
        warn(`The witness sees that ${named} contradicts itself: ${judged.problem}`)
      return checkpoint.size === judged.size
        ? reply.code(409).type(SIZE).send(`${judged.size}\n`)
        : say(422, judged.problem)
    }
    if (judged.kind === 'unproved') {
      if (judged.isSuspect && (await suspected('unproved')))
        warn(`A checkpoint of ${named} was sent, and ${judged.problem}`)
      return say(422, judged.problem)
    }
    await store.keep(log, checkpoint)
    return reply.code(200).type(TEXT).send(signer.cosign(text, seconds))
  }
  // Comparing and keeping are one step: of two requests at once the smaller one would take the other back.
  const turn = turns.get(log.id)
  assert(turn !== undefined, 'each log that is watched has its turn')
  return turn(compare)
}

/** The request, or what is wrong with it. */
function requestIn(body: string): AddCheckpoint | string {
  try {
    return readRequest(body)
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

const bodyOf = (note: string): string => note.slice(0, note.lastIndexOf('\n\n') + 1)
