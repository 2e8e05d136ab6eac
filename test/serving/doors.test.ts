/** Every door gives the same events: the command line by itself, the command line beside a server, and HTTP. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { openArchive } from '../../serving/archive.ts'
import { COMMANDS } from '../../serving/commands/table.ts'
import { readPolicy } from '../../serving/policy-file.ts'
import { readSpec } from '../../serving/spec-file.ts'
import { sweepSpec } from '../../serving/sweep.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { asof, type Ran } from '../support/cli.ts'
import { FAILS, MEMBERS, PASSES, type Story, writeStory } from '../support/committee-story.ts'
import { ask, given, uploaded, upOver } from '../support/doors.ts'
import { keyOfName } from '../support/keys.ts'
import { eventsOf } from '../support/memory-platform.ts'

const root = mkdtempSync(join(tmpdir(), 'asof-doors-'))
const story = writeStory(join(root, 'files'))
const [alone, beside, http] = ['alone', 'beside', 'http'].map((name) => join(root, name))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const REASON = 'The report was read.'
const MODEL = 'small'

/** What a person types, in order; each is repeated at once. */
const typed = ({ declaration, history, later, features, sweep, key }: Story, policy: string) => [
  ['ingest', history, '--dataset', declaration],
  ['features', features],
  ['policy', policy],
  ['train', sweep],
  ['validate', PASSES, '--model', MODEL],
  ['validate', FAILS, '--model', 'other'],
  ...MEMBERS.map((member) => [
    'approve',
    MODEL,
    ...['--member', member, '--key', key(member), '--reason', REASON],
  ]),
  ['promote', MODEL],
  ['ingest', later, '--dataset', declaration],
  ['predict', MODEL],
  ['review', MODEL, '--fraction', '1', '--reason', REASON, '--member', 'cat', '--key', key('cat')],
  ['open-holdout', MODEL, '--reason', REASON, '--member', 'bob', '--key', key('bob')],
  ['rebuild'],
]

/** A copy of the policy with the signatures of both members, for the log of a folder. */
async function signedIn(folder: string, { policy, key }: Story): Promise<string> {
  const lines: string[] = []
  for (const member of MEMBERS) {
    const { out } = await asof(folder, 'sign-policy', policy, '--member', member, '--key', key(member))
    lines.push(`  ${out.trim()}`)
  }
  const path = `${folder}-policy.yaml`
  writeFileSync(path, `${readFileSync(policy, 'utf8')}signatures:\n${lines.join('\n')}\n`)
  return path
}

type Told = Readonly<{ args: readonly string[]; first: Ran; again: Ran }>

async function typeAll(folder: string): Promise<readonly Told[]> {
  const told: Told[] = []
  const say = async (args: readonly string[]) => {
    const first = await asof(folder, ...args)
    told.push({ args, first, again: await asof(folder, ...args) })
  }
  const steps = typed(story, `${folder}-policy.yaml`)
  for (const args of steps) {
    if (args[0] === 'policy') await signedIn(folder, story)
    await say(args)
  }
  return told
}

/** The same story over HTTP alone. */
async function sendAll(url: string): Promise<void> {
  const spec = await readDatasetFile(story.declaration)
  const send = async (name: string, json: unknown) => {
    const told = await given(url, name, json)
    expect([name, told]).toEqual([name, expect.objectContaining({ outcome: 'done' })])
  }
  const bring = async (path: string) => send('data.ingest', { spec, upload: await uploaded(url, path) })
  const sign = async (name: string, asked: object, member: string) => {
    const { statement } = (await prepared(url, name, asked)) as Prepared
    const { type, body, said } = statement
    return { ...said, signature: signStatement(type, body, keyOfName(member)) }
  }
  await bring(story.history)
  await send('feature.define', {
    set: await readFeatureSet(basename(story.features), readFileSync(story.features, 'utf8')),
  })
  const { policy } = await readPolicy(story.policy)
  const signatures = await Promise.all(
    MEMBERS.map(async (member) => {
      const { signature } = await sign('policy.set', { policy }, member)
      return { member, signature }
    }),
  )
  await send('policy.set', { policy, signatures })
  await send('experiment.sweep', { sweep: await readSpec(story.sweep, sweepSpec) })
  await send('model.validate', { model: MODEL, run: PASSES })
  await send('model.validate', { model: 'other', run: FAILS })
  for (const member of MEMBERS) {
    const asked = { model: MODEL, member, decision: 'approve', reason: REASON }
    await send('approval.sign', await sign('approval.sign', asked, member))
  }
  await send('model.promote', { model: MODEL })
  await bring(story.later)
  const reviewed = { model: MODEL, fraction: 1, member: 'cat', reason: REASON }
  await send('capital.review', await sign('capital.review', reviewed, 'cat'))
  const opened = { model: MODEL, member: 'bob', reason: REASON }
  await send('model.open-holdout', await sign('model.open-holdout', opened, 'bob'))
}

type Prepared = { statement: { type: string; body: string; said: object; words: string } }

const prepared = async (url: string, name: string, json: unknown): Promise<unknown> =>
  (await ask(url, `/api/v1/prepare/${name}`, { json })).body

/** What the log says, without what is of one log or one moment: signatures, expiries, and when an act was. */
async function factsIn(folder: string) {
  const archive = openArchive(folder)
  const events = await eventsOf(archive.log as never)
  await archive.close()
  return events.map(({ position, type, stream, actor, data }) => ({
    position,
    type,
    stream,
    actor,
    data: JSON.parse(JSON.stringify(data, (key, value) => (OF_ITS_LOG.has(key) ? undefined : value))),
  }))
}
const OF_ITS_LOG = new Set([
  'signature',
  'signatures',
  'expires',
  'log',
  'to',
  'report',
  'featureHash',
  'commit',
])

describe.sequential('the same story', () => {
  let toldAlone: readonly Told[] = []
  let toldBeside: readonly Told[] = []

  beforeAll(async () => {
    const [besides, over] = await Promise.all([upOver(beside), upOver(http)])
    try {
      ;[toldAlone, toldBeside] = await Promise.all([typeAll(alone), typeAll(beside)])
      await sendAll(over.url)
    } finally {
      await Promise.all([besides.stop(), over.stop()])
    }
  }, 400_000)

  test('gives the same events', async () => {
    const facts = await factsIn(alone)
    expect(facts.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['capital.Reviewed', 'model.HoldoutOpened', 'prediction.Made']),
    )
    expect(new Set(facts.map(({ actor }) => actor).filter((actor) => !actor.startsWith('asof:')))).toEqual(
      new Set([userInfo().username]),
    )
    expect(await factsIn(beside)).toEqual(facts)
    expect(await factsIn(http)).toEqual(facts)
  })

  test('prints the same, with the same exit codes', () => {
    // Digests, keys and moments of now are of one platform.
    const printed = ({ args, first: { code, out } }: Told) => [
      args[0],
      code,
      out.replace(/[0-9a-f]{12,}|20(?:2[6-9]|[3-9]\d)-\S+/g, '#'),
    ]
    expect(toldBeside.map(printed)).toEqual(toldAlone.map(printed))
    // What the gate refuses is an answer, with an exit code of its own.
    const codes = toldAlone.map(({ args, first }) => [args[0], args[1], first.code])
    expect(codes).toEqual(toldAlone.map(({ args }) => [args[0], args[1], args[1] === FAILS ? 1 : 0]))
  })

  test('is told again without anything new: already so, with the exit code of the first', () => {
    for (const { args, first, again } of [...toldAlone, ...toldBeside]) {
      expect([args[0], again.code], again.err).toEqual([args[0], first.code])
      if (['ingest', 'predict', 'rebuild'].includes(args[0])) continue
      expect([args[0], again.err]).toEqual([args[0], expect.stringContaining('Already so')])
    }
  })

  test('shows what is signed, on the side of whoever signs', () => {
    for (const told of [toldAlone, toldBeside]) {
      const approved = told.find(({ args }) => args[0] === 'approve')
      expect(approved?.first.err).toContain('A decision on a model:\n')
      expect(approved?.first.err).toContain(`  reason: ${REASON}\n`)
    }
  })

  test('names every command that it leaves out', () => {
    const elsewhere = [
      ...['data.declare', 'data.close-session', 'data.move-offsets'],
      ...['experiment.freeze', 'experiment.start', 'experiment.admit-trainer'],
      ...['experiment.retire', 'experiment.retire-trainer', 'model.retire'],
      ...['model.roll-back', 'shadow.start', 'shadow.end'],
      ...['capital.raise', 'capital.halt', 'capital.unhalt'],
    ]
    const here = ['data.ingest', 'feature.define', 'policy.set', 'experiment.sweep', 'model.validate']
    const signed = ['approval.sign', 'model.promote', 'capital.review', 'model.open-holdout']
    const run = [
      'prediction.make',
      'prediction.serve',
      'views.rebuild',
      ...['backup.record', 'backup.record-drill'],
      'access.rotate-key',
      ...['access.issue-token', 'access.revoke-token', 'access.set-policy'],
      ...['request', 'approve', 'revoke', 'break-glass', 'review', 'take', 'lift'].map(
        (act) => `access.${act}`,
      ),
      'processor.retry',
      'processor.waive',
    ]
    const alarms = ['declare', 'retire', 'check'].map((act) => `alert.${act}`)
    const handled = ['acknowledge', 'snooze', 'accept'].map((act) => `alarm.${act}`)
    const claims = [
      'draft',
      'check',
      'approve',
      'disseminate',
      'rederive',
      'withdraw',
      'hold',
      'release',
    ].map((act) => `claim.${act}`)
    expect([...elsewhere, ...here, ...signed, ...run, ...claims, ...alarms, ...handled].sort()).toEqual(
      [...COMMANDS.keys()].sort(),
    )
  })
})
