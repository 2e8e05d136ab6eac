/** How the relay may pack its batches. The configuration reads it without the client. */

export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const
export type Compression = (typeof COMPRESSIONS)[number]
