/** The sealer: tiles and checkpoints of a growing log, over restarts, and against a log that contradicts them. */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openCheckpoint, splitNotes } from '../../streams/log/seal/checkpoint.ts'
import { noteSigner, noteVerifier, privateKeyFrom } from '../../streams/log/seal/note.ts'
import {
  consistencyProof,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from '../../streams/log/seal/proof.ts'
import { CHECKPOINT, CHECKPOINTS, Sealer } from '../../streams/log/seal/sealer.ts'
import { nodesOf, tilePath, tilesOf } from '../../streams/log/seal/tiles.ts'
import { leafHashOf, rootOfLeaves } from '../../streams/log/seal/tree.ts'

const folders = mkdtempSync(join(tmpdir(), 'asof-seal-'))
afterAll(() => rmSync(folders, { recursive: true }))

const signer = noteSigner('asof.example/test', privateKeyFrom(new Uint8Array(32).fill(7)))
const verifiers = [noteVerifier(signer.verifierKey)]
const leaves = Array.from({ length: 70_000 }, (_, i) => leafHashOf(Buffer.from(`${i}`)))
const BEGAN = '00000000-0000-4000-8000-000000000001'
const open = (name: string, began = BEGAN) =>
  Sealer.open({ folder: join(folders, name), origin: signer.name, signer, began })
const diverged = { fault: { code: 'seal.diverged' } }

describe('tiles', () => {
  test('have the paths of c2sp.org/tlog-tiles', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: 2, index: 0, width: 1 })).toBe('tile/2/000.p/1')
    expect(tilePath({ level: 1, index: 1000, width: 17 })).toBe('tile/1/x001/000.p/17')
  })

  test('of 70,000 leaves are those of the example in c2sp.org/tlog-tiles', () => {
    const count = new Map<string, number>()
    for (const { level, width } of tilesOf(70_000)) {
      count.set(`${level}/${width}`, (count.get(`${level}/${width}`) ?? 0) + 1)
    }
    expect(Object.fromEntries(count)).toEqual({ '0/256': 273, '0/112': 1, '1/256': 1, '1/17': 1, '2/1': 1 })
    expect([...tilesOf(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ])
  })
})

describe('sealer', () => {
  test('signs ahead what it signs once the leaves are taken in, over the edges of tiles', async () => {
    const sealer = await open('ahead')
    let at = 0
    for (const size of [0, 254, 560, 870, 65_230, 65_535, 66_000]) {
      sealer.extend(leaves.slice(at, size))
      at = size
      for (const more of [0, 1, 2, 300]) {
        const next = leaves.slice(at, at + more)
        const before = sealer.sign()
        const ahead = sealer.signAhead(next)
        expect(sealer.sign()).toEqual(before)
        sealer.extend(next)
        at += more
        expect(ahead).toEqual(sealer.sign())
      }
    }
  })

  test('signs the root of all leaves, and its tiles prove every claim about them', async () => {
    const sealer = await open('large')
    await sealer.advance(1, leaves.slice(0, 300))
    const first = await sealer.checkpoint()
    await sealer.advance(301, leaves.slice(300))
    const second = await sealer.checkpoint()
    expect(first).toMatchObject({ size: 300, root: rootOfLeaves(leaves.slice(0, 300)) })
    expect(second).toMatchObject({ size: 70_000, root: rootOfLeaves(leaves) })
    expect(openCheckpoint(readFileSync(join(folders, 'large', CHECKPOINT), 'utf8'), verifiers)).toEqual(
      second,
    )
    const expected = [...tilesOf(70_000)].map(tilePath)
    for (const path of expected) expect(statSync(join(folders, 'large', path)).size % 32).toBe(0)
    const nodeAt = nodesOf(join(folders, 'large'), 70_000)
    for (const index of [0, 255, 256, 65_535, 65_536, 69_999]) {
      const proof = await inclusionProof(index, 70_000, nodeAt)
      const leaf = leaves[index] ?? new Uint8Array()
      expect(verifyInclusion({ index, size: 70_000, leaf, root: second.root, proof })).toBe(true)
    }
    const proof = await consistencyProof(300, 70_000, nodeAt)
    const claim = { size1: 300, size2: 70_000, root1: first.root, root2: second.root, proof }
    expect(verifyConsistency(claim)).toBe(true)
  })

  test('goes on after a restart as if there had been none, and keeps every checkpoint', async () => {
    const steps = [0, 1, 5, 256, 257, 511, 512, 700]
    let at = 0
    for (const step of steps) {
      const sealer = await open('restarts')
      expect(sealer.size).toBe(at)
      await sealer.advance(Math.max(at - 3, 1), leaves.slice(Math.max(at - 4, 0), step))
      expect(await sealer.checkpoint()).toMatchObject({ root: rootOfLeaves(leaves.slice(0, step)) })
      expect((await sealer.checkpoint()).size).toBe(step)
      at = step
    }
    const { notes, rest } = splitNotes(readFileSync(join(folders, 'restarts', CHECKPOINTS), 'utf8'))
    expect(rest).toBe('')
    expect(notes.map((note) => openCheckpoint(note, verifiers).size)).toEqual(steps)
    const files = readdirSync(join(folders, 'restarts', 'tile'), { recursive: true })
      .map(String)
      .sort()
    // Partial tiles stay for the checkpoints that need them, until the full tile is there.
    expect(files.filter((name) => name.includes('002'))).toEqual(['0/002.p', '0/002.p/188'])
    expect(files.filter((name) => name.includes('000'))).toEqual([
      '0/000',
      '1/000.p',
      '1/000.p/1',
      '1/000.p/2',
    ])
  })

  test('cuts off a note that was never published, and publishes one that was only kept', async () => {
    const folder = join(folders, 'torn')
    const sealer = await open('torn')
    await sealer.advance(1, leaves.slice(0, 10))
    const { note } = await sealer.checkpoint()
    appendFileSync(join(folder, CHECKPOINTS), note.slice(0, 40))
    rmSync(join(folder, CHECKPOINT))
    const again = await open('torn')
    expect(again.size).toBe(10)
    expect(readFileSync(join(folder, CHECKPOINTS), 'utf8')).toBe(note)
    expect(readFileSync(join(folder, CHECKPOINT), 'utf8')).toBe(note)
  })

  test('refuses a log that contradicts what was signed', async () => {
    const sealer = await open('contradicted')
    await sealer.advance(1, leaves.slice(0, 300))
    await sealer.checkpoint()
    const again = await open('contradicted')
    await expect(again.advance(299, leaves.slice(0, 5))).rejects.toMatchObject(diverged)
    await expect(again.advance(20, leaves.slice(20, 25))).rejects.toMatchObject(diverged)
    expect(() => again.assertNotLonger(299)).toThrow('it has 299 events, and 300 were sealed')
    writeFileSync(
      join(folders, 'contradicted', tilePath({ level: 0, index: 1, width: 44 })),
      Buffer.alloc(44 * 32),
    )
    await expect(open('contradicted')).rejects.toMatchObject(diverged)
    const other = noteSigner(signer.name, privateKeyFrom(new Uint8Array(32).fill(8)))
    const stranger = Sealer.open({
      folder: join(folders, 'contradicted'),
      origin: signer.name,
      signer: other,
      began: BEGAN,
    })
    await expect(stranger).rejects.toMatchObject({ fault: { code: 'seal.malformed' } })
  })
})

test('two logs of one key have two first checkpoints, and later ones have nothing but origin, size and root', async () => {
  const [one, other] = [await open('one'), await open('other', '00000000-0000-4000-8000-000000000002')]
  const notes = [await one.checkpoint(), await other.checkpoint()].map(({ note }) => note)
  expect(notes[0]).toContain(`began ${BEGAN}`)
  expect(notes[0]).not.toBe(notes[1])
  one.extend([Buffer.alloc(32)])
  expect((await one.checkpoint()).note.split('\n')[3]).toBe('')
  expect((await open('one')).first).toBe(notes[0])
})
