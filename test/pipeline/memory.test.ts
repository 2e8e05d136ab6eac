/** What a processor remembers of an event does not depend on whether it was asked to react to it. */
import { beforeAll, expect, test } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { causeOf, isReactionOf, reactionId } from '../../schemas/reaction.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { declareRule, passDeadlines } from '../../serving/alerts.ts'
import { startShadow } from '../../serving/shadows.ts'
import { wireAll } from '../../serving/wire.ts'
import type { Reaction } from '../../streams/processor.ts'
import { RULE } from '../support/alarm-feed.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { reactionsOf } from '../support/reactions.ts'
import { act, HISTORY_DAYS, MODEL, playDays, playedPlatform } from '../support/small-platform.ts'
import { decidedOf } from '../support/small-world.ts'

let platform: MemoryPlatform
let events: Recorded[]
let all: Map<string, Reaction>

/** Every reaction to events from a position on; those before it are only taken in. */
async function reactionsFrom(position: number): Promise<Map<string, Reaction>> {
  const reactions = new Map<string, Reaction>()
  const processors = wireAll(platform.chunks)
  for (const event of events) {
    for (const processor of processors.filter((one) => one.handles.includes(event.type))) {
      if (event.position < position) {
        await processor.take(event, null)
        continue
      }
      for (const [index, reaction] of (await reactionsOf(processor, event)).entries())
        reactions.set(reactionId(processor.name, event.position, index), reaction)
    }
  }
  return reactions
}

beforeAll(async () => {
  platform = await playedPlatform(80)
  const challenger = { model: MODEL, run: 'small-h1-momentum' }
  await startShadow(platform, challenger, act('shadow'))
  await declareRule(platform, { ...RULE, checks: [...RULE.checks, 'predictions', 'skill'] }, act('rule'))
  await playDays(platform, HISTORY_DAYS + 80, HISTORY_DAYS + 84)
  platform.moment.advanceTo(decidedOf(HISTORY_DAYS + 90))
  await passDeadlines(platform, { actor: 'asof' })
  events = await eventsOf(platform.log)
  all = await reactionsFrom(1)
})

test('every processor that says anything has said something', () => {
  const processors = wireAll(platform.chunks)
  const spoke = new Set([...all.keys()].map((id) => id.split('/')[0]))
  const speakers = new Set([...REGISTRY.values()].map(({ saidBy }) => saidBy))
  // The policy of the story asks for no ladder: `monitoring/ladder` has what that one remembers.
  for (const { name } of processors)
    expect(spoke.has(name), name).toBe(speakers.has(name) && name !== 'ladder')
})

test('processors say only what is theirs alone to say', () => {
  const processors = wireAll(platform.chunks)
  for (const [id, { events: said }] of all) {
    const processor = processors.find(({ name }) => isReactionOf(name, id))
    for (const { type } of said) expect(REGISTRY.get(type)?.saidBy).toBe(processor?.name)
  }
})

test.each([0.03, 0.1, 0.4, 0.7, 0.95])(
  'after taking in %d of the log the rest follows as before',
  async (share) => {
    const from = Math.ceil(events.length * share)
    const later = new Map([...all].filter(([id]) => causeOf(id) >= from))
    expect(later.size).toBeGreaterThan(5)
    expect(await reactionsFrom(from)).toEqual(later)
  },
)
