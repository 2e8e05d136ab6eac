/** What somebody with the whole folder, its key included, may do; and what an outsider sees who kept one checkpoint. */
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { folderAt } from '../../serving/folder.ts'
import { openPlatform } from '../../serving/platform.ts'
import { checkpointIn, ownVerifierKey, verifyFolder } from '../../serving/sealing.ts'
import { asItIs, declare, declareOn, forgetSeal, reseal, rewrite, workplace } from './tools.ts'

type Scene = Readonly<{
  /** The folder as it is attacked. */
  path: string
  /** A copy of it from before the auditor kept his checkpoint. */
  older: string
}>

/** Each is done to a copy of the folder that was at rest, unless the name says that it was running. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'edit and reseal': async ({ path }) => {
    await rewrite(path, (batch) => batch.map((event) => ({ ...event, actor: 'mallory' })))
    await reseal(path)
  },
  'another recordedAt, resealed': async ({ path }) => {
    await rewrite(path, (batch) =>
      batch.map((event) => ({ ...event, recordedAt: event.recordedAt - 60_000_000 })),
    )
    await reseal(path)
  },
  'roll-back of the whole folder': ({ path, older }) => {
    rmSync(path, { recursive: true })
    renameSync(older, path)
  },
  'fork: rolled back, and gone on otherwise': async ({ path, older }) => {
    rmSync(path, { recursive: true })
    renameSync(older, path)
    await declare(path, ['x1', 'x2', 'x3', 'x4', 'x5', 'x6'])
  },
  'deletion of the last events, resealed': async ({ path }) => {
    await rewrite(path, (batch, index) => (index < 4 ? asItIs(batch, index) : null))
    await reseal(path)
  },
  'deletion of one event in the middle, resealed': async ({ path }) => {
    await rewrite(path, (batch, index) => (index === 2 ? null : asItIs(batch, index)))
    await reseal(path)
  },
  'roll-back of the database alone': ({ path, older }) => {
    rmSync(folderAt(path).log, { recursive: true })
    renameSync(folderAt(older).log, folderAt(path).log)
  },
  'reset seal: its folder deleted': ({ path }) => rmSync(folderAt(path).seal, { recursive: true }),
  'reset seal: edited, all of it deleted, and begun again by the program': async ({ path }) => {
    await rewrite(path, (batch) => batch.map((event) => ({ ...event, actor: 'mallory' })))
    forgetSeal(folderAt(path))
    rmSync(folderAt(path).seal, { recursive: true })
    rmSync(join(folderAt(path).keys, 'log.pem'))
    await (await openPlatform({ path })).close()
  },
  'changed view: one bit of its text': ({ path }) => {
    const database = new DatabaseSync(join(folderAt(path).log, 'log.db'))
    const sql = String(database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'log'").get()?.sql)
    database.exec(`DROP VIEW log; ${sql.replace('AS revision', 'AS pevision')}`)
    database.close()
  },
  'dropped trigger': ({ path }) => {
    const database = new DatabaseSync(join(folderAt(path).log, 'log.db'))
    database.exec('DROP TRIGGER event_refuses_update')
    database.close()
  },
  'lost write-ahead log of a killed writer': ({ path }) => {
    for (const ending of ['-wal', '-shm'])
      rmSync(join(folderAt(path).log, `log.db${ending}`), { force: true })
  },
}

type Attack = (scene: Scene) => void | Promise<void>

const untouched: Attack = () => undefined

export type Caught = Readonly<{
  attack: string
  alone: number
  withKey: number
  withCheckpoint: number
  first: string
}>

/** How many damages each kind of auditor is told of: with nothing, with the public key, with one kept checkpoint. */
export async function caught(): Promise<readonly Caught[]> {
  const { path, copyOf, remove } = workplace('outsider')
  try {
    const scene = path('scene')
    await declare(scene, ['a', 'b', 'c'])
    const older = copyOf(scene)
    await declare(scene, ['d', 'e', 'f'])
    const checkpoint = checkpointIn(folderAt(scene)).note
    const verifierKey = ownVerifierKey(folderAt(scene)) ?? ''
    await declare(scene, ['g'])
    const running = await openAndCopy(scene, copyOf)
    const rows: Caught[] = []
    for (const [attack, perform] of Object.entries({ 'nothing at all': untouched, ...ATTACKS })) {
      const copy = copyOf(attack.includes('killed') ? running : scene)
      await perform({ path: copy, older: copyOf(older) })
      const [alone, withKey, withCheckpoint] = [
        await verifyFolder(copy, {}),
        await verifyFolder(copy, { verifierKey }),
        await verifyFolder(copy, { verifierKey, checkpoint }),
      ].map(({ damages }) => damages)
      // What the kept checkpoint alone finds is what an auditor is told first.
      const [first] = [...(withCheckpoint ?? [])].sort(
        (one, other) => Number(other.place.includes('you kept')) - Number(one.place.includes('you kept')),
      )
      rows.push({
        attack,
        ...{ alone: alone?.length ?? 0, withKey: withKey?.length ?? 0 },
        withCheckpoint: withCheckpoint?.length ?? 0,
        first: first === undefined ? '' : `${first.place}: ${first.problem}`,
      })
    }
    return rows
  } finally {
    remove()
  }
}

/** A copy that was made while the writer had it open, with events that are in the write-ahead log alone. */
async function openAndCopy(scene: string, copyOf: (path: string) => string): Promise<string> {
  const original = copyOf(scene)
  const platform = await openPlatform({ path: original })
  await declareOn(platform, ['h', 'i'])
  const copy = copyOf(original)
  await platform.close()
  return copy
}
