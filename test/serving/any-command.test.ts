/** `asof do`, `asof work` and `asof cancel`: every command of the table from the command line, and long work. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sessionDate } from '../../schemas/calendar.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { openArchive } from '../../serving/archive.ts'
import { asof } from '../support/cli.ts'
import { ask, given, upOver } from '../support/doors.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { smallFolder } from '../support/small-folder.ts'
import { HISTORY_DAYS, runOf, SMALL_DATASET, trainingSetOf } from '../support/small-platform.ts'
import { closeOf } from '../support/small-world.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-any-'))
const [alone, beside, http] = ['alone', 'beside', 'http'].map((name) => join(root, name))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const { trainingSetHash: _, commit: __, environment: ___, author: ____, ...trial } = runOf('noise', 1, '')
const sessionOf = (day: number) => sessionDate(Math.floor(closeOf(day) / MICROS_PER_DAY))

const GIVEN: readonly (readonly [name: string, input: object])[] = [
  ['data.declare', { spec: { ...SMALL_DATASET, dataset: 'another' } }],
  ['experiment.freeze', { spec: { ...trainingSetOf(4), trainingSet: 'another' } }],
  ['experiment.start', { spec: { ...trial, run: 'another', trainingSet: 'another' } }],
  ['access.rotate-key', { reason: 'yearly' }],
]
const CLOSED = ['data.close-session', { dataset: 'small', session: sessionOf(HISTORY_DAYS + 1) }] as const

const inputFile = (name: string, input: object): string => {
  const path = join(root, `${name}.json`)
  writeFileSync(path, JSON.stringify(input))
  return path
}

async function actsIn(folder: string, from: number) {
  const archive = openArchive(folder)
  const events = await eventsOf(archive.log as never, from)
  await archive.close()
  // The keys of a log are its own.
  return events.map(({ position, type, stream, actor, data }) =>
    type === 'access.SealKeyRotated' ? { position, type, actor } : { position, type, stream, actor, data },
  )
}

describe.sequential('every command of the table', () => {
  let from = 0

  beforeAll(async () => {
    for (const folder of [alone, beside, http]) {
      const platform = await smallFolder(folder, 0)
      from = (await platform.log.head()).position + 1
      await platform.close()
    }
  }, 120_000)

  test('gives the same events by itself, beside a server and over HTTP', async () => {
    for (const [name, input] of GIVEN) {
      const { code, out, err } = await asof(alone, 'do', name, '--input', inputFile(name, input))
      expect([name, code], err).toEqual([name, 0])
      expect(out).toMatch(/^done, log position \d+\n/)
    }
    const besides = await upOver(beside)
    for (const [name, input] of GIVEN)
      expect((await asof(beside, 'do', name, '--input', inputFile(name, input))).code).toBe(0)
    await besides.stop()
    const server = await upOver(http)
    for (const [name, input] of GIVEN)
      expect([name, await given(server.url, name, input)]).toMatchObject([name, { outcome: 'done' }])
    const refused = await ask(server.url, `/api/v1/commands/${CLOSED[0]}`, { json: CLOSED[1] })
    await server.stop()
    const acts = await actsIn(alone, from)
    expect(acts.map(({ type }) => type)).toEqual([
      'data.DatasetDeclared',
      'experiment.TrainingSetRequested',
      'experiment.TrainingSetFrozen',
      'experiment.RunStarted',
      'experiment.RunFinished',
      'access.SealKeyRotated',
    ])
    expect(await actsIn(beside, from)).toEqual(acts)
    expect(await actsIn(http, from)).toEqual(acts)
    // A session without rows is refused through each door alike.
    expect(refused.body).toMatchObject({ error: { code: 'data.session-unsound' } })
    const closed = await asof(alone, 'do', CLOSED[0], '--input', inputFile(...CLOSED), '--json')
    expect(JSON.parse(closed.err)).toEqual(refused.body)
  }, 200_000)

  test('work is listed with a server and without, and what there is none of cannot be cancelled', async () => {
    const quiet = await asof(alone, 'work')
    expect([quiet.code, quiet.out]).toEqual([0, 'Nothing is under way.\n'])
    expect(await asof(alone, 'cancel', '12')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no work 12'),
    })
    const server = await upOver(http)
    const spec = { ...trainingSetOf(6), trainingSet: 'listed' }
    const { body } = await ask(server.url, '/api/v1/commands/experiment.freeze', { json: { spec } })
    const listed = await asof(http, 'work')
    expect(listed.out).toMatch(new RegExp(`^${body.work}\\s+${body.position}\\s+experiment.freeze`, 'm'))
    const begun = await asof(http, 'cancel', String(body.position))
    expect([begun.code, begun.err]).toEqual([1, expect.stringContaining('cannot be cancelled')])
    await server.stop()
  }, 60_000)

  test('one that there is none of is refused, by name', async () => {
    const { code, err } = await asof(alone, 'do', 'no.such')
    expect([code, err]).toEqual([1, expect.stringContaining('There is no command no.such')])
  }, 30_000)
})
