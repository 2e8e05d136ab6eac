/** The schema registry that Asof serves by itself: anybody on this machine reads it, and the relay alone registers. */
import { join } from 'node:path'
import { z } from 'zod'
import { refuse } from '../../schemas/kernel/fault.ts'
import { hasCode, replaceText } from '../../streams/log/files.ts'
import { ownText, WRITTEN_BYTES } from '../../streams/log/regular.ts'
import type { RegistryOptions } from '../../streams/relay/kafka/schemas.ts'
import { COMPATIBILITIES, type Kept, SchemaStore } from '../../streams/relay/registry/registry.ts'
import { serveRegistry } from '../../streams/relay/registry/server.ts'
import { newSecret } from '../access/secrets.ts'
import type { Folder } from '../folder.ts'

const kept = z.strictObject({
  schemas: z.array(
    z.strictObject({
      subject: z.string(),
      version: z.int().positive(),
      id: z.int().positive(),
      schema: z.string(),
    }),
  ),
  levels: z.record(z.string(), z.enum(COMPATIBILITIES)),
})

/** @throws Refusal `relay.registry` where the port is taken or the file is none of ours */
export async function openOwnRegistry(
  { root }: Pick<Folder, 'root'>,
  port: number,
): Promise<Required<RegistryOptions> & { close: () => Promise<void> }> {
  const path = join(root, 'schemas.json')
  const store = new SchemaStore(keptIn(path))
  const auth = { username: 'asof', password: newSecret() }
  const onChange = () => replaceText(path, `${JSON.stringify(store.kept())}\n`)
  try {
    const { url, close } = await serveRegistry(store, { port, writer: auth, onChange })
    return { url, auth, close }
  } catch (error) {
    if (!hasCode(error, 'EADDRINUSE')) throw error
    throw refuse('relay.registry', { problem: `port ${port} is taken` })
  }
}

function keptIn(path: string): Kept {
  const text = ownText(path, WRITTEN_BYTES)
  if (text === null) return { schemas: [], levels: {} }
  try {
    return kept.parse(JSON.parse(text))
  } catch {
    throw refuse('relay.registry', { problem: `${path} is not what it keeps` })
  }
}
