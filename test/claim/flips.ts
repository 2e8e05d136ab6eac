/**
 * `npm run claims:flips -- PACK [N]`: N random bits of a claim pack are flipped, one at a time, and the pack is checked by both
 * verifiers: an archive as it then is; a folder as it then is, and once more with a manifest that fits. Prints how many each found.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { byPage, type Files, filesIn, readPack, withManifest, writePack } from '../support/claim-pack.ts'

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
    path, at, bit, mode = line.rstrip("\\n").split("\\t")
    with open(path, "rb") as file: before = file.read()
    manifest = os.path.join(sys.argv[2], "MANIFEST")
    listed = None
    if mode == "forged":
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
    if listed is not None:
        with open(manifest, "wb") as file: file.write(listed)
`

type Counts = Readonly<{ flips: number; found: number; passed: readonly string[] }>

/** @param paths.program the auditor's verify.py, and `folder` what may be written to and back: a folder, or an archive, whose flips name no file */
export function foundByPython(
  paths: Readonly<{ program: string; folder: string; vkey: string }>,
  flips: readonly Flip[],
  mode: 'plain' | 'forged',
): Counts {
  const input = flips
    .map(({ name, at, bit }) => `${[join(paths.folder, name), at, bit, mode].join('\t')}\n`)
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

/** Flips over the bytes of an archive, by the page in it. */
export async function foundInArchive(
  archive: Uint8Array,
  flips: readonly Flip[],
  { page, vkey }: Readonly<{ page: Uint8Array; vkey: string }>,
): Promise<Counts> {
  const verify = byPage(page)
  const passed: string[] = []
  for (const { at, bit } of flips) {
    const changed = Uint8Array.from(archive)
    changed[at] ^= 1 << bit
    const proved = await verify(changed, vkey).then(
      () => true,
      () => false,
    )
    if (proved) passed.push(`${at} ${bit}`)
  }
  return { flips: flips.length, found: flips.length - passed.length, passed }
}

/** What a forger cannot change, though he makes the manifest again. */
export const evidenceIn = (files: Files): Files =>
  new Map([...files].filter(([name]) => !FOR_PEOPLE.includes(name)))

function print(by: string, { flips, found, passed }: Counts, how: string): void {
  process.stdout.write(`${by}: ${found} of ${flips} flipped bits found${how}\n`)
  for (const one of passed) process.stdout.write(`  not found: ${one}\n`)
  if (passed.length > 0) process.exitCode = 1
}

async function flipArchive(path: string, count: number, scratch: string): Promise<void> {
  const archive = Uint8Array.from(readFileSync(path))
  const files = filesIn(archive)
  const flips = flipsOf(new Map([['', archive]]), count)
  const [program, vkey, pack] = ['verify.py', 'log.vkey', 'pack.zip'].map((name) => join(scratch, name))
  writePack(scratch, new Map([...files, ['pack.zip', archive]]))
  print('verify.py', foundByPython({ program, folder: pack, vkey }, flips, 'plain'), ' in the archive')
  const own = { page: files.get('verify.html') ?? new Uint8Array(), vkey: readFileSync(vkey, 'utf8').trim() }
  print('verify.html', await foundInArchive(archive, flips, own), ' in the archive')
}

async function flipFolder(folder: string, count: number, scratch: string): Promise<void> {
  const files = readPack(folder)
  const [copy, own] = [join(scratch, 'copy'), join(scratch, 'own')]
  writePack(copy, files)
  writePack(own, files)
  const paths = { program: join(own, 'verify.py'), folder: copy, vkey: join(own, 'log.vkey') }
  for (const mode of ['plain', 'forged'] as const) {
    const flips = flipsOf(mode === 'plain' ? files : evidenceIn(files), count)
    const how = mode === 'plain' ? '' : ', with a manifest that was made again'
    print('verify.py', foundByPython(paths, flips, mode), how)
    print('verify.html', await foundByPage(files, flips, mode), how)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , pack = '', count = '1000'] = process.argv
  const scratch = mkdtempSync(join(tmpdir(), 'asof-flips-'))
  try {
    await (pack.endsWith('.zip') ? flipArchive : flipFolder)(pack, Number(count), scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
