/** Tells a lineage server what ran, for as long as a platform is open: each event once it is confirmed, in the log's order. */
import { join } from 'node:path'
import { assert } from '../../schemas/kernel/assert.ts'
import type { LogReader } from '../../streams/log/port.ts'
import { type Forwarder, forwarder } from '../notify/forwarder.ts'
import { secretOf } from '../notify/open.ts'
import { toldFile } from '../notify/told.ts'
import { NotTaken, poster } from '../notify/webhook.ts'
import type { Platform } from '../platform.ts'
import { warn } from '../warn.ts'
import type { OpenlineageConfig } from './config.ts'
import { Emitter } from './emitter.ts'

type Sources = Pick<Platform, 'confirmed'> &
  Readonly<{
    folder: Pick<Platform['folder'], 'root'>
    log: Pick<LogReader, 'readAll'> & Readonly<{ seal: Readonly<{ identity: string }> | null }>
  }>
type Environment = Readonly<Record<string, string | undefined>>

/** How far it has got is kept after so many events: after a crash no more than those are told again. */
const KEPT_EVERY = 100
/** It will never take this one: the event is left out, and the others go on. */
const NEVER: ReadonlySet<number> = new Set([400, 413, 422])

export const namespaceOf = (identity: string): string => `asof://${identity.slice(0, 12)}`

/** @throws Refusal `notify.no-secret`, `file.unsound`: a token that is configured and not there */
export function openLineageOut(
  platform: Sources,
  config: OpenlineageConfig,
  environment: Environment,
): Forwarder {
  const { url, tokenFile, tokenVariable, everySeconds } = config
  const { log, folder, confirmed } = platform
  assert(log.seal !== null, 'a log that is served has a seal')
  const { identity } = log.seal
  const post = poster(url, secretOf({ file: tokenFile, variable: tokenVariable }, environment))
  const file = toldFile(join(folder.root, 'openlineage', 'http.json'), identity)
  const emitter = new Emitter(config.namespace ?? namespaceOf(identity))
  let told = file.load()?.position ?? 0
  /** What the emitter has seen: after a start it looks at what was told before again. */
  let seen = 0
  let isOver = false

  const keep = async (position: number): Promise<void> => {
    if (position <= told) return
    await file.save({ position, waiting: [] })
    told = position
  }
  const step = async (): Promise<number> => {
    const upTo = await confirmed()
    // A log that was restored has not got that far any more.
    if (told > upTo) told = upTo
    let since = 0
    for await (const batch of log.readAll(seen + 1, { types: emitter.types, positionAtMost: upTo }))
      for (const event of batch) {
        if (isOver) return told
        const said = emitter.take(event)
        if (event.position > told) for (const one of said) await tell(one, event.position)
        // What did not arrive is taken once more, which changes nothing, and told once more.
        seen = event.position
        since += event.position > told ? said.length : 0
        if (since < KEPT_EVERY) continue
        await keep(event.position)
        since = 0
      }
    seen = upTo
    await keep(upTo)
    return upTo
  }
  const tell = async (said: unknown, position: number): Promise<void> => {
    try {
      await post(said)
    } catch (error) {
      if (!(error instanceof NotTaken && NEVER.has(error.status))) throw error
      warn(`The lineage of event ${position} is left out: ${new URL(url).host} answered ${error.status}.`)
    }
  }
  const sending = forwarder({
    ...{ name: new URL(url).host, what: 'Lineage events', shownBy: 'asof openlineage' },
    ...{ everyMillis: everySeconds * 1_000, step, onTrouble: warn },
  })
  return {
    status: sending.status,
    close() {
      isOver = true
      return sending.close()
    },
  }
}
