/**
 * A small server of KurrentDB's gRPC protocol, for tests and benches: streams in memory, appends with an expected revision, reads both ways,
 * subscriptions. It speaks to the stock client, and can be told to fail as networks and servers do.
 */

import type { ServerReadableStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js'
import { Server, ServerCredentials, type ServerDuplexStream, type sendUnaryData, status } from '@grpc/grpc-js'
import featuresService from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_grpc_pb.js'
import features from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_pb.js'
import shared from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js'
import statuses from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/status_pb.js'
import streamsService from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js'
import streams from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js'
import any from 'google-protobuf/google/protobuf/any_pb.js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'

type Kept = Readonly<{
  id: string
  stream: string
  revision: number
  meta: readonly (readonly [string, string])[]
  custom: Uint8Array
  data: Uint8Array
}>
type Proposed = Readonly<Pick<Kept, 'id' | 'meta' | 'custom' | 'data'>>
/** -1 for a stream that is not there yet, null for any. */
type Expected = number | null
type Outcome = Readonly<{ revision: number } | { actual: number } | { most: number }>

const MAX_APPEND_BYTES = 1_048_576
/** Ticks of .NET. */
const TICKS_PER_MILLI = 10_000n

export class KurrentServer {
  readonly #streams = new Map<string, Kept[]>()
  readonly #watchers = new Map<string, Set<() => void>>()
  #server: Server | null = null
  port = 0
  maxAppendBytes = MAX_APPEND_BYTES
  /** So many appends from now on are kept, and their callers told that the connection broke. */
  losesAnswers = 0
  /** So many appends from now on are refused as a server does that has just lost its leader. */
  refuses = 0
  /** How far ahead its clock is. */
  aheadMillis = 0
  appends = 0

  /** @param port one that is free unless it is given */
  async start(port = this.port): Promise<string> {
    const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 })
    server.addService(featuresService.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: sendUnaryData<unknown>) => answer(null, supported()),
    })
    server.addService(streamsService.StreamsService, {
      read: (call: ServerWritableStream<InstanceType<typeof streams.ReadReq>, unknown>) => this.#read(call),
      append: (call: ServerReadableStream<unknown, unknown>, answer: sendUnaryData<unknown>) =>
        this.#append(call, answer),
      batchAppend: (call: ServerDuplexStream<unknown, unknown>) => this.#batchAppend(call),
      delete: (_: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) =>
        answer({ code: status.UNIMPLEMENTED }),
      tombstone: (_: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) =>
        answer({ code: status.UNIMPLEMENTED }),
    })
    this.port = await new Promise((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    this.#server = server
    return `kurrentdb://127.0.0.1:${this.port}?tls=false`
  }

  /** As a server that is killed: connections break, and what was kept is there when it is started again. */
  stop(): void {
    this.#server?.forceShutdown()
    this.#server = null
    for (const watchers of this.#watchers.values()) watchers.clear()
  }

  /** What stands in a stream, to be looked at or tampered with. */
  stream(name: string): Kept[] {
    const kept = this.#streams.get(name) ?? []
    this.#streams.set(name, kept)
    return kept
  }

  #keep(name: string, expected: Expected, proposed: readonly Proposed[]): Outcome {
    this.appends++
    const kept = this.stream(name)
    const actual = kept.length - 1
    if (expected !== null && expected !== actual) {
      // The same events at the same place are the same append.
      const there = kept.slice(expected + 1, expected + 1 + proposed.length)
      const isSame = there.length === proposed.length && there.every(({ id }, i) => id === proposed[i].id)
      return isSame ? { revision: expected + proposed.length } : { actual }
    }
    const bytes = proposed.reduce((total, { data, custom }) => total + data.length + custom.length, 0)
    if (bytes > this.maxAppendBytes) return { most: this.maxAppendBytes }
    const created = String(BigInt(Date.now() + this.aheadMillis) * TICKS_PER_MILLI)
    for (const { id, meta, custom, data } of proposed)
      kept.push({
        id,
        stream: name,
        revision: kept.length,
        meta: [...meta, ['created', created]],
        custom,
        data,
      })
    for (const tell of this.#watchers.get(name) ?? []) tell()
    return { revision: kept.length - 1 }
  }

  #read(call: ServerWritableStream<InstanceType<typeof streams.ReadReq>, unknown>): void {
    const options = call.request.getOptions()
    const of = options?.getStream()
    if (options === undefined || of === undefined) {
      fail(call, status.UNIMPLEMENTED)
      return
    }
    const name = nameOf(of.getStreamIdentifier())
    if (options.hasSubscription()) {
      this.#follow(call, name, followsFrom(of))
      return
    }
    const kept = this.#streams.get(name)
    if (kept === undefined || kept.length === 0) {
      const missing = new streams.ReadResp.StreamNotFound()
      missing.setStreamIdentifier(identifier(name))
      call.write(new streams.ReadResp().setStreamNotFound(missing))
      call.end()
      return
    }
    const isBackwards = options.getReadDirection() === 1
    const from = of.hasEnd() ? kept.length - 1 : of.hasStart() ? 0 : Number(of.getRevision())
    const count = Number(options.getCount())
    const found = isBackwards ? kept.slice(0, from + 1).reverse() : kept.slice(from)
    void writeAll(call, found.slice(0, Math.min(count, found.length)))
  }

  #follow(call: ServerWritableStream<unknown, unknown>, name: string, start: number): void {
    const confirmed = new streams.ReadResp.SubscriptionConfirmation()
    call.write(new streams.ReadResp().setConfirmation(confirmed.setSubscriptionId('one')))
    const kept = this.stream(name)
    let at = start < 0 ? kept.length : start
    let isCaughtUp = false
    const tell = (): void => {
      while (at < kept.length) call.write(answerWith(kept[at++]))
      if (isCaughtUp) return
      isCaughtUp = true
      call.write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()))
    }
    const watchers = this.#watchers.get(name) ?? new Set()
    this.#watchers.set(name, watchers.add(tell))
    call.on('cancelled', () => watchers.delete(tell))
    tell()
  }

  #append(call: ServerReadableStream<unknown, unknown>, answer: sendUnaryData<unknown>): void {
    let options: InstanceType<typeof streams.AppendReq.Options> | undefined
    const proposed: Proposed[] = []
    call.on('data', (part: InstanceType<typeof streams.AppendReq>) => {
      options ??= part.getOptions()
      const message = part.getProposedMessage()
      if (message !== undefined) proposed.push(proposedOf(message))
    })
    call.on('end', () => {
      if (options === undefined) return answer({ code: status.INVALID_ARGUMENT })
      if (this.refuses > 0 && this.refuses-- > 0) return answer({ code: status.UNAVAILABLE })
      const given = options.hasAny() ? null : options.hasNoStream() ? -1 : Number(options.getRevision())
      const outcome = this.#keep(nameOf(options.getStreamIdentifier()), given, proposed)
      const response = new streams.AppendResp()
      if ('revision' in outcome) {
        const success = new streams.AppendResp.Success()
        response.setSuccess(success.setCurrentRevision(String(outcome.revision)))
      } else if ('actual' in outcome) {
        const wrong = new streams.AppendResp.WrongExpectedVersion()
        response.setWrongExpectedVersion(wrong.setCurrentRevision(String(outcome.actual)))
      } else return answer({ code: status.INVALID_ARGUMENT, details: 'Maximum Append Size exceeded' })
      answer(null, response)
    })
  }

  #batchAppend(call: ServerDuplexStream<unknown, unknown>): void {
    const open = new Map<string, { options: BatchOptions; proposed: Proposed[] }>()
    call.on('data', (part: InstanceType<typeof streams.BatchAppendReq>) => {
      const correlation = part.getCorrelationId()
      const key = Buffer.from(correlation?.serializeBinary() ?? []).toString('hex')
      const options = part.getOptions()
      const one = open.get(key) ?? (options && { options, proposed: [] })
      if (one === undefined) return
      open.set(key, one)
      one.proposed.push(...part.getProposedMessagesList().map(proposedOf))
      if (!part.getIsFinal()) return
      open.delete(key)
      if (this.refuses > 0 && this.refuses-- > 0) return fail(call, status.UNAVAILABLE)
      const given = one.options.hasAny()
        ? null
        : one.options.hasNoStream()
          ? -1
          : Number(one.options.getStreamPosition())
      const outcome = this.#keep(nameOf(one.options.getStreamIdentifier()), given, one.proposed)
      if (this.losesAnswers > 0 && this.losesAnswers-- > 0) return fail(call, status.UNAVAILABLE)
      const response = new streams.BatchAppendResp()
      response.setCorrelationId(correlation)
      response.setStreamIdentifier(one.options.getStreamIdentifier())
      if ('revision' in outcome)
        response.setSuccess(
          new streams.BatchAppendResp.Success().setCurrentRevision(String(outcome.revision)),
        )
      else response.setError(errorOf(outcome, given))
      call.write(response)
    })
    call.on('end', () => call.end())
  }
}

type BatchOptions = InstanceType<typeof streams.BatchAppendReq.Options>
type Message = Readonly<{
  getId: () => InstanceType<typeof shared.UUID> | undefined
  getMetadataMap: () => { toArray: () => [string, string][] }
  getCustomMetadata_asU8: () => Uint8Array
  getData_asU8: () => Uint8Array
}>

const proposedOf = (message: Message): Proposed => ({
  id: textOf(message.getId()),
  meta: message.getMetadataMap().toArray(),
  custom: message.getCustomMetadata_asU8(),
  data: message.getData_asU8(),
})

function textOf(id: InstanceType<typeof shared.UUID> | undefined): string {
  const parts = id?.getStructured()
  if (parts === undefined) return id?.getString() ?? ''
  const hex = [parts.getMostSignificantBits(), parts.getLeastSignificantBits()]
    .map((bits) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0'))
    .join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const nameOf = (of: InstanceType<typeof shared.StreamIdentifier> | undefined): string =>
  Buffer.from(of?.getStreamName_asU8() ?? []).toString('utf8')

const identifier = (name: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(name))

/** Where a subscription begins: after the revision that it names; -1 for the end. */
const followsFrom = (of: InstanceType<typeof streams.ReadReq.Options.StreamOptions>): number =>
  of.hasEnd() ? -1 : of.hasStart() ? 0 : Number(of.getRevision()) + 1

function answerWith({ id, stream, revision, meta, custom, data }: Kept) {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
  event.setId(new shared.UUID().setString(id))
  event.setStreamIdentifier(identifier(stream))
  event.setStreamRevision(String(revision))
  event.setPreparePosition(String(revision))
  event.setCommitPosition(String(revision))
  for (const [name, value] of meta) event.getMetadataMap().set(name, value)
  event.setCustomMetadata(custom)
  event.setData(data)
  const read = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(String(revision))
  return new streams.ReadResp().setEvent(read)
}

/** As fast as the reader takes it. */
async function writeAll(call: ServerWritableStream<unknown, unknown>, kept: readonly Kept[]): Promise<void> {
  for (const one of kept)
    if (!call.write(answerWith(one))) await new Promise((resolve) => call.once('drain', resolve))
  call.end()
}

function errorOf(outcome: Exclude<Outcome, { revision: number }>, expected: Expected) {
  const details = new any.Any()
  if ('most' in outcome) {
    const exceeded = new shared.MaximumAppendSizeExceeded().setMaxappendsize(outcome.most)
    details.pack(exceeded.serializeBinary(), 'event_store.client.MaximumAppendSizeExceeded')
  } else {
    const wrong = new shared.WrongExpectedVersion()
    if (outcome.actual < 0) wrong.setCurrentNoStream(new empty.Empty())
    else wrong.setCurrentStreamRevision(String(outcome.actual))
    if (expected === -1) wrong.setExpectedNoStream(new empty.Empty())
    else wrong.setExpectedStreamPosition(String(expected ?? 0))
    details.pack(wrong.serializeBinary(), 'event_store.client.WrongExpectedVersion')
  }
  return new statuses.Status().setMessage('refused').setDetails(details)
}

/** An error that is emitted: a call that is destroyed leaves the client's reader hanging. */
function fail(call: { emit: (name: 'error', error: object) => boolean }, code: status): void {
  call.emit('error', { code, details: 'told to' })
}

function supported() {
  const methods = ['read', 'append', 'batchappend'].map((name) =>
    new features.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name),
  )
  return new features.SupportedMethods().setMethodsList(methods).setEventStoreServerVersion('26.0.0')
}
