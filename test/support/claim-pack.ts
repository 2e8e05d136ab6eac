/** Packs as an auditor and a forger have them: read, checked by both verifiers, changed, and made again with a manifest that fits. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { runInNewContext } from 'node:vm'
import { unzipSync } from 'fflate'
import { sha256 } from '../../schemas/kernel/canonical.ts'

export type Files = Map<string, Uint8Array>

export function readPack(folder: string): Files {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  return new Map(
    found.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [relative(folder, path).split(sep).join('/'), Uint8Array.from(readFileSync(path))]
    }),
  )
}

/** As any program unzips it. */
export const filesIn = (archive: Uint8Array): Files => new Map(Object.entries(unzipSync(archive)))

export function writePack(folder: string, files: Files): void {
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
}

/** As a forger would make it, who knows how: only what is signed stands in his way. */
export function withManifest(files: Files): Files {
  const rest = [...files].filter(([name]) => name !== 'MANIFEST').sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = rest.map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`).join('')
  return new Map([...rest, ['MANIFEST', new TextEncoder().encode(lines)]])
}

export const hasPython = spawnSync('python3', ['--version']).status === 0

/** The auditor's own verify.py over a folder. */
export function byPython(program: string, folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('python3', ['-B', program, folder, ...args], {
    encoding: 'utf8',
  })
  return { status, said: `${stdout}${stderr}` }
}

/** The program in verify.html, with nothing of a browser but WebCrypto. */
export function byPage(
  page: Uint8Array,
): (pack: Files | Uint8Array, vkey?: string) => Promise<readonly string[]> {
  const [, script = ''] = /<script>\n([\s\S]*)<\/script>/.exec(Buffer.from(page).toString()) ?? []
  const own: Record<string, unknown> = {
    ...{ crypto: globalThis.crypto, TextEncoder, TextDecoder, atob, btoa, Uint8Array, DataView },
  }
  runInNewContext(script, own)
  return own.verifyPack as ReturnType<typeof byPage>
}

/** Events of a pack, by their position in `events.bin`: the leaves without their lengths. */
export function leavesIn(files: Files): Uint8Array[] {
  const bytes = Buffer.from(files.get('events.bin') ?? [])
  const leaves: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    leaves.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return leaves
}

export function proofsIn(files: Files): Uint8Array[] {
  const bytes = Buffer.from(files.get('proofs.bin') ?? [])
  const proofs: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + 32 * bytes[at]
    proofs.push(bytes.subarray(at, end))
    at = end
  }
  return proofs
}

/** Without the events for which `isOut` holds, and with a manifest that fits. */
export function withoutEvents(files: Files, isOut: (leaf: Uint8Array) => boolean): Files {
  const [leaves, proofs] = [leavesIn(files), proofsIn(files)]
  const kept = leaves
    .map((leaf, index) => ({ leaf, proof: proofs[index] }))
    .filter(({ leaf }) => !isOut(leaf))
  const events = kept.flatMap(({ leaf }) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(leaf.length)
    return [length, leaf]
  })
  const changed = new Map(files)
  changed.set('events.bin', Uint8Array.from(Buffer.concat(events)))
  changed.set('proofs.bin', Uint8Array.from(Buffer.concat(kept.flatMap(({ proof }) => proof ?? []))))
  return withManifest(changed)
}
