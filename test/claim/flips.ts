/**
 * `npm run claims:flips -- FOLDER [N]`: N random bits of a claim pack are flipped, one at a time, and the pack is checked by both
 * verifiers: once as it then is, and once with a manifest that fits. Prints how many were found by each.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { byPage, type Files, readPack, withManifest, writePack } from '../support/claim-pack.ts'

/** What no signature of the log covers, and what is only for people or is the verifier's own program. */
const FOR_PEOPLE = ['cover.html', 'verify.py', 'verify.html', 'MANIFEST', 'log.vkey']

export type Flip = Readonly<{ name: string; at: number; bit: number }>

/** Bits chosen over all bytes of the pack alike, by a generator with a seed. */
export function flipsOf(files: Files, count: number, seed = 1): Flip[] {
  const sizes = [...files].map(([name, { length }]) => ({ name, length }))
  const total = sizes.reduce((sum, { length }) => sum + length, 0)
  let state = seed
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return Array.from({ length: count }, () => {
    let at = next(total)
    const file = sizes.find(({ length }) => {
      if (at < length) return true
      at -= length
      return false
    })
    return { name: file?.name ?? '', at, bit: next(8) }
  })
}

export function flipped(files: Files, { name, at, bit }: Flip): Files {
  const bytes = Uint8Array.from(files.get(name) ?? [])
  bytes[at] ^= 1 << bit
  return new Map(files).set(name, bytes)
}

/** One Python process for all flips: it runs the auditor's verify.py over each folder. */
const DRIVER = `
import importlib.util, io, os, sys, contextlib
spec = importlib.util.spec_from_file_location("verify", sys.argv[1]); verify = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
spec.loader.exec_module(verify)
key = open(sys.argv[3]).read().strip()
for line in sys.stdin:
    path, at, bit, mode = line.split()
    with open(path, "rb") as file: before = file.read()
    manifest = os.path.join(sys.argv[2], "MANIFEST")
    with open(manifest, "rb") as file: listed = file.read()
    after = bytearray(before); after[int(at)] ^= 1 << int(bit)
    with open(path, "wb") as file: file.write(after)
    if mode == "forged":
        name = os.path.relpath(path, sys.argv[2]).replace(os.sep, "/")
        lines = [verify.sha(bytes(after)).hex() + l[64:] if l[66:].strip() == name else l for l in listed.decode().splitlines(keepends=True)]
        with open(manifest, "w") as file: file.write("".join(lines))
    try:
        with contextlib.redirect_stdout(io.StringIO()): verify.main(sys.argv[2], key)
        print("passed", path, at, bit)
    except Exception as problem: print("found")
    with open(path, "wb") as file: file.write(before)
    with open(manifest, "wb") as file: file.write(listed)
`

type Counts = Readonly<{ flips: number; found: number; passed: readonly string[] }>

/** @param program the auditor's verify.py, and `folder` one that may be written to and back */
export function foundByPython(
  paths: Readonly<{ program: string; folder: string; vkey: string }>,
  flips: readonly Flip[],
  mode: 'plain' | 'forged',
): Counts {
  const input = flips
    .map(({ name, at, bit }) => `${join(paths.folder, name)} ${at} ${bit} ${mode}\n`)
    .join('')
  const args = ['-B', '-c', DRIVER, paths.program, paths.folder, paths.vkey]
  const { stdout, stderr } = spawnSync('python3', args, { input, encoding: 'utf8', maxBuffer: 1 << 28 })
  const lines = stdout.trim().split('\n')
  if (lines.length !== flips.length) throw new Error(stderr)
  const passed = lines.filter((line) => line !== 'found')
  return { flips: flips.length, found: lines.length - passed.length, passed }
}

export async function foundByPage(
  files: Files,
  flips: readonly Flip[],
  mode: 'plain' | 'forged',
): Promise<Counts> {
  const verify = byPage(files.get('verify.html') ?? new Uint8Array())
  const vkey = Buffer.from(files.get('log.vkey') ?? [])
    .toString()
    .trim()
  const passed: string[] = []
  for (const flip of flips) {
    const changed = flipped(files, flip)
    const proved = await verify(mode === 'forged' ? withManifest(changed) : changed, vkey).then(
      () => true,
      () => false,
    )
    if (proved) passed.push(`${flip.name} ${flip.at} ${flip.bit}`)
  }
  return { flips: flips.length, found: flips.length - passed.length, passed }
}

/** What a forger cannot change, though he makes the manifest again. */
export const evidenceIn = (files: Files): Files =>
  new Map([...files].filter(([name]) => !FOR_PEOPLE.includes(name)))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder = '', count = '1000'] = process.argv
  const files = readPack(folder)
  const copy = mkdtempSync(join(tmpdir(), 'asof-flips-'))
  const own = mkdtempSync(join(tmpdir(), 'asof-own-'))
  writePack(copy, files)
  writePack(own, files)
  const paths = { program: join(own, 'verify.py'), folder: copy, vkey: join(own, 'log.vkey') }
  try {
    for (const mode of ['plain', 'forged'] as const) {
      const flips = flipsOf(mode === 'plain' ? files : evidenceIn(files), Number(count))
      for (const [by, { found, passed }] of [
        ['verify.py', foundByPython(paths, flips, mode)],
        ['verify.html', await foundByPage(files, flips, mode)],
      ] as const) {
        const how = mode === 'plain' ? '' : ', with a manifest that was made again'
        process.stdout.write(`${by}: ${found} of ${flips.length} flipped bits found${how}\n`)
        for (const one of passed) process.stdout.write(`  not found: ${one}\n`)
        if (passed.length > 0) process.exitCode = 1
      }
    }
  } finally {
    for (const one of [copy, own]) rmSync(one, { recursive: true, force: true })
  }
}
