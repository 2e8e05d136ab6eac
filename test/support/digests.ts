/** The small platform, as a program: prints the digests of every view and the hash of every chunk. */
import { playedPlatform } from './small-platform.ts'

const platform = await playedPlatform(15)
await platform.views.catchUp()
const chunks: string[] = []
for await (const hash of platform.chunks.list()) chunks.push(hash)
process.stdout.write(JSON.stringify({ views: platform.views.digests(), chunks }))
